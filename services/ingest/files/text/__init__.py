"""Lines of text files: which encoding they are in, and reading them in bounded memory."""
