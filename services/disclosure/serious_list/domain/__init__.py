"""What an entry of the serious list is, which step may follow which, and what is due after it. Pure."""
