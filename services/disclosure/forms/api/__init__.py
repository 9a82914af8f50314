"""The HTTP edge of the monthly forms."""
