"""Whether penalties were performed (履行), and the tasks for enforcement (执行督办) of those that left unperformed."""
