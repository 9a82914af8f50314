"""What a visitor types, and what is shown of an application; pure."""
