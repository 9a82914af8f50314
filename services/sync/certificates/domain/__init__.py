"""What a certificate says and when it may be issued (pure)."""
