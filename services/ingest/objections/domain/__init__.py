"""Which field values an objection has proved wrong. Pure."""
