"""The HTTP edge of notices."""
