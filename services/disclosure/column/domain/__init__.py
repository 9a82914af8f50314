"""The pure part of the column: how a search is read, and what the public sees of a record."""
