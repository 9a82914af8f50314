"""The dead letters (死信) of the whole house: sync serves them because every service's queues are on the one bus."""
