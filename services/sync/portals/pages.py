"""Reads a portal's public HTML pages: which records they show, how many they announce, where the next page is.

Pure and strict: a page that lacks the expected marks is reported as not recognised, never as empty, since an empty
reading would count as absence (guarantees G05 and G07).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.sync.portals.texts import clean


class UnrecognisedPage(Exception):
    """The page answers, but not in the form that this adapter knows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on a page: its key in the portal's address, and its values by caption."""

    key: str
    shown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `announced` is the number that the page itself claims to hold, `total` that of the list."""

    total: int
    announced: int
    entries: tuple[Entry, ...]
    next_path: str | None
    path: str = ""


def read_detail(html: str) -> Entry:
    """The record of a detail page."""
    node = LexborHTMLParser(html).css_first("article.record")
    if node is None:
        raise UnrecognisedPage("the detail page holds no record")
    return _entry(node)


def says_missing(html: str) -> bool:
    """Whether a 404 page is the portal's own 'there is no such record', and not some gateway's."""
    return LexborHTMLParser(html).css_first("p.missing") is not None


def read_page(html: str) -> Page:
    """One page of a list or of search results."""
    return read_head(html).page()


@dataclass(frozen=True)
class Head:
    """A page of which only is read where the next one is, so that it can be asked for meanwhile."""

    tree: LexborHTMLParser
    next_path: str | None

    def page(self, path: str = "", only: Collection[str] | None = None) -> Page:
        """All of it, which takes ten times as long; of entries under other keys than `only` nothing but their key."""
        return Page(
            total=_number(self.tree, ".total b"),
            announced=_number(self.tree, ".count b"),
            entries=tuple(_entry(node, only) for node in self.tree.css("article.record")),
            next_path=self.next_path,
            path=path,
        )


def read_head(html: str) -> Head:
    """Where a page leads to. One that was cut short is not recognised."""
    tree = LexborHTMLParser(html)
    following = tree.css_first("nav.pages a[rel=next]")
    if following is None and tree.css_first("nav.pages .end") is None:
        raise UnrecognisedPage("the page has neither a next page nor an end mark: it was cut short")
    return Head(tree, following.attributes.get("href") if following is not None else None)


def _entry(node: LexborNode, only: Collection[str] | None = None) -> Entry:
    key = node.attributes.get("data-key")
    if key and only is not None and key not in only:
        return Entry(key, {})
    cells = node.css("th, td")
    shown: dict[str, str] = {}
    for caption, value in zip(cells[::2], cells[1::2], strict=False):
        if caption.tag != "th" or value.tag != "td":
            shown = _row_by_row(node)
            break
        shown[_caption(caption.text())] = clean(value.text())
    if not key or not shown:
        raise UnrecognisedPage("a record on the page has no key or no values")
    return Entry(key, shown)


def _row_by_row(node: LexborNode) -> dict[str, str]:
    """For a table whose rows are not all one caption and one value."""
    shown: dict[str, str] = {}
    for row in node.css("tr"):
        caption, value = row.css_first("th"), row.css_first("td")
        if caption is not None and value is not None:
            shown[clean(caption.text())] = clean(value.text())
    return shown


@lru_cache(1_024)
def _caption(text: str) -> str:
    """The same few on every page."""
    return clean(text)


def _number(tree: LexborHTMLParser, selector: str) -> int:
    node = tree.css_first(selector)
    text = clean(node.text()) if node is not None else ""
    if not text.isdecimal():
        raise UnrecognisedPage(f"the page does not say its number at {selector}")
    return int(text)
