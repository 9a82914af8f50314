"""The pure part of restorations: what may be shown again, and until when."""
