"""Announced years that arrive after the program: loaded once, seen by every process (放假安排)."""
