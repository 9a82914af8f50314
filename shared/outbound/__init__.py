"""The only door to outbound HTTP: bounded in time, size and number, and honest about what surely was not sent."""
