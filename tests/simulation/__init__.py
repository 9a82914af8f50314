"""A seeded simulation of the whole house: all services, the bus, the portals and months of time in one event loop."""
