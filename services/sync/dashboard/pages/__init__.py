"""One module a page: which readings it needs, what it makes of them, and the template that shows it."""
