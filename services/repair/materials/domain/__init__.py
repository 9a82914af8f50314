"""The pure part of materials: the checklist of each rule generation, and what a file is by its content."""
