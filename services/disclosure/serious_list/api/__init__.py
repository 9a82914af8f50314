"""The HTTP edge of the serious list."""
