"""The HTTP edge of the register."""
