"""`/v1/objections`."""
