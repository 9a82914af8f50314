"""The HTTP edge of measures."""
