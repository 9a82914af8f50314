"""The law in force as a living thing: compared, adopted and re-applied, with who and why (规则包的试算、启用与重算)."""
