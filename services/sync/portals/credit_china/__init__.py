"""Credit China (信用中国): JSON with a bearer token, asynchronous receipts. See QUIRKS.md."""
