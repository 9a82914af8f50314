"""The HTTP edge of imports."""
