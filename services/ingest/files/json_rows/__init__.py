"""Rows as JSON objects: one a line (NDJSON), or all in one array."""
