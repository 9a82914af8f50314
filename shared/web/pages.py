"""Templates of the pages for people: every value is escaped, and a name that a template does not know is an error."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def pages_in(folder: Path) -> "Environment":
    """The templates of one folder; to be kept. Imported here: 5 MB that a process without such a page does without."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
