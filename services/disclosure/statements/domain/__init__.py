"""The pure part of public statements: the rule, and what may be said of a decision that was withdrawn."""
