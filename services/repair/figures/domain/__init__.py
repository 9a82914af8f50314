"""What the figures are; pure."""
