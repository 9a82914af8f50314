"""The letters of this process: read once from `letters.toml`, or the start is refused with entry and reason."""

import tomllib
from importlib.resources import files

from services.disclosure.notices.domain.letters import Letters, parse_letters


def load_letters() -> Letters:
    """The packaged letters. Raises `PackError`."""
    text = files("services.disclosure.notices").joinpath("letters.toml").read_text(encoding="utf-8")
    return parse_letters(tomllib.loads(text))
