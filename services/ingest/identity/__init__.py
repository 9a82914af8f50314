"""Is this the same decision of the same subject, written otherwise? Explains each match, merges nothing by itself."""
