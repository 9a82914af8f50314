"""Reading a register's rows: words of status, names, old numbers. Pure."""
