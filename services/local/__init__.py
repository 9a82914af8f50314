"""Everything for running the whole house on one machine: private servers, sample feed, demo.

Nothing in here is part of production: the services never import it, and whatever it starts listens on loopback
only and ends with the process that started it.
"""
