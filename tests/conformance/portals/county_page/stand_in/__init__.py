"""A stand-in for the county's page."""
