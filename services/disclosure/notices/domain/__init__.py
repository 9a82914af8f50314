"""Which letter belongs to a decision and what it says. Pure."""
