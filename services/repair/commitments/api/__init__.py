"""The HTTP edge of commitments."""
