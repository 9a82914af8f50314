"""到期窗口: what ends, may be repaired or must be shown by which day, and what the days of one record rest on."""
