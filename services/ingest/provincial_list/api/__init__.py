"""The HTTP edge of provincial lists."""
