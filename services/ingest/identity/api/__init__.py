"""The HTTP edge of the resolver."""
