"""告知书 of a decided application: what was decided, why, and what follows. Words are data (`words.toml`)."""
