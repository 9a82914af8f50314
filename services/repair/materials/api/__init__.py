"""The HTTP edge of materials."""
