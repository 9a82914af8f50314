"""What an examination says of a thing that works and wants a look all the same."""


class Doubt(Exception):
    """Works, and somebody should look at it all the same."""
