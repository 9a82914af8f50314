"""Figures, their digest, and how long a source has been silent. Pure."""
