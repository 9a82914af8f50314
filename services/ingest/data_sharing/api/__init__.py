"""The HTTP edge of the data-sharing list."""
