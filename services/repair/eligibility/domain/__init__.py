"""The pure part of eligibility."""
