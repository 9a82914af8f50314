"""双公示专栏: the bureau's own public column. What is online today by the clock, and nothing else (guarantee G04)."""
