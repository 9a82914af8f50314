"""What a page says: its texts with the elements around them, and where it leads. What is code, or marked as of another
language, is no text of the page."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "source"})
_NO_TEXT = frozenset({"script", "style", "code", "pre"})
_SPOKEN = ("aria-label", "placeholder", "alt", "data-label", "data-left", "data-done")
_NO_PAGE = re.compile(
    r"/export\.|/verdicts\.|/sign-out|/static/|/report\.|\.(?:docx|pdf|xlsx|csv|json)\b|[?&](?:lang|raw)="
)
_VALUE = re.compile(r"[0-9a-f]{12,}|\d{4}-\d\d(?:-\d\d)?|[^/]+\.toml|\d+")


@dataclass
class PageTexts(HTMLParser):
    """`texts` are pairs: the elements around, the outermost first, and the words."""

    html: str
    lang: str
    texts: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        foreign = bool(given.get("lang")) and not given["lang"].startswith(self.lang)
        self._open.append((_named(tag, given), tag in _NO_TEXT or foreign))
        for name in _SPOKEN:
            self._say(given.get(name, ""))
        if tag in _EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0].partition("[")[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._say(data)

    def _say(self, text: str) -> None:
        if text.strip() and not any(silent for _, silent in self._open):
            self.texts.append((tuple(name for name, _ in self._open), " ".join(text.split())))


def _named(tag: str, given: dict[str, str]) -> str:
    return f"{tag}[{given['scope']}]" if tag == "th" and "scope" in given else tag


def pages_behind(path: str, links: list[str]) -> list[str]:
    """The other pages of the same house to which a page leads; neither files nor the same in another language."""
    found = (urljoin(path, link).split("#")[0] for link in links)
    return [one for one in found if one.startswith("/") and not one.startswith("//") and not _NO_PAGE.search(one)]


def shape_of(path: str) -> str:
    """What pages of one sort have in common: identifiers, days and numbers are left out."""
    parts = urlsplit(path)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return f"{_VALUE.sub('*', parts.path)}?{','.join(names)}"
