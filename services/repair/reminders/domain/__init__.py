"""What a reminder is and when a failed delivery is tried again. Pure."""
