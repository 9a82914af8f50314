"""Credit Jiangsu (信用江苏): an exchange database (前置库) and a nightly export. See QUIRKS.md."""
