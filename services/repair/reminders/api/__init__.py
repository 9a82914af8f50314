"""`/v1/contacts` and `/v1/reminders`."""
