"""What all stand-ins have in common: the store, the public pages, and the faults that can be switched on."""
