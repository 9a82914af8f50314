"""The one look of all pages that need no login: light, dark, narrow and printed. No script, nothing from elsewhere."""

from functools import cache
from importlib import resources


@cache
def public_style() -> str:
    """The style sheet; every public page serves it beside itself, so that a page never needs another service."""
    return resources.files("shared.web").joinpath("public.css").read_text(encoding="utf-8")
