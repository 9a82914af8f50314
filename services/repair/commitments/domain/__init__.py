"""The pure part of commitments."""
