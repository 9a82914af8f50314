"""What is equal, what is only proposed, and the reasons. Pure."""
