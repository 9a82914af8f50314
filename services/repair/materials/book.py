"""The checklists in force, read once from the file beside this module."""

import tomllib
from functools import cache
from importlib import resources

from services.repair.materials.domain.papers import FILE, PaperBook, parse_papers


@cache
def papers() -> PaperBook:
    """All generations of the checklist; a file with a fault stops the start."""
    text = resources.files("services.repair.materials").joinpath(FILE).read_text(encoding="utf-8")
    return parse_papers(tomllib.loads(text))
