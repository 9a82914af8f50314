"""Whose pages these are: name, colour and templates of a stand-in, and the rendering of its pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

from services.sync.mock_portals.common.layout import Layout

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
)


@dataclass(frozen=True)
class Face:
    """The look of one portal. `by_enterprise` adds the pages that are filed by enterprise."""

    name: str
    about: str
    colour: str
    layouts: Mapping[str, Layout]
    by_enterprise: bool = False

    def text(self, template: str, **values: object) -> str:
        return _TEMPLATES.get_template(template).render(face=self, **values)

    def page(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(self.text(template, **values), status_code=status)
