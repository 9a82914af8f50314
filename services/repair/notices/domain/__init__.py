"""What a notice says; pure."""
