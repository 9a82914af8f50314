"""Files as bureaus send them, kept as files, with the verdicts that a person expects of each row."""
