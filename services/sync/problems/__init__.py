"""What waits for a person: orders that a portal refused, that were set aside, or that it took and does not obey."""
