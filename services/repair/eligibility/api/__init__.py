"""The HTTP edge of eligibility."""
