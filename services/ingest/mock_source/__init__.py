"""A stand-in for the law-enforcement system (执法系统): rows in the order in which they became visible, and faults."""
