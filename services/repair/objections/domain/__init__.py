"""What may follow what in an objection, and what the rules ask for. Pure."""
