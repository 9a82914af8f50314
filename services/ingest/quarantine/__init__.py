"""The quarantine (待核): rows that a check stopped wait for a person, who corrects, releases or discards them."""
