"""The table of duties and what follows from it; pure."""
