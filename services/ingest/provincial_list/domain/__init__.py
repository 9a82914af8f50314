"""Reading a row of the list, comparing it field by field with a record of ours. Pure."""
