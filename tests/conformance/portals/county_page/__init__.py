"""A county's own publicity page: the example of a fourth portal (`docs/operations/add-a-portal.md`). See QUIRKS.md.

Its modules name each other relatively, so that the folder works wherever it lies.
"""
