"""The HTTP edge of applications."""
