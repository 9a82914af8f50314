"""Reads a portal's public HTML pages: which records they show, how many they announce, where the next page is.

Pure and strict: a page that lacks the expected marks is reported as not recognised, never as empty, since an empty
reading would count as absence (guarantees G05 and G07).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.sync.portals.texts import clean

_RECORDS_A_TREE = 10
"""A tree takes a megabyte and fourteen times its text: 15 MB for a page of 500 records, 1.3 when it is read so."""
_BEGIN, _END = b"<article", b"</article>"
_RECORD, _TOTAL, _COUNT = "article.record", ".total b", ".count b"
_HIDING = (b"<!--", b"<script", b"<template", b"<textarea")
"""Within these a record is none."""

Span = tuple[int, int]
"""Where a record begins in the text of a page, and where it ends."""


class UnrecognisedPage(Exception):
    """The page answers, but not in the form that this adapter knows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on a page: its key in the portal's address, and its values by caption, or what was kept of them."""

    key: str
    shown: Mapping[str, str]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `announced` is the number that the page itself claims to hold, `total` that of the list."""

    total: int
    announced: int
    entries: tuple[Entry, ...]
    next_path: str | None
    path: str = ""


Read = Callable[[Entry], Mapping[str, str]]
"""Turns the captions of an entry into comparable fields."""

Keep = Callable[[Entry], Entry]
"""What is kept of an entry, made before the next one is read."""


def read_detail(html: str) -> Entry:
    """The record of a detail page."""
    node = LexborHTMLParser(html).css_first(_RECORD)
    if node is None:
        raise UnrecognisedPage("the detail page holds no record")
    return _entry(node)


def says_missing(html: str) -> bool:
    """Whether a 404 page is the portal's own 'there is no such record', and not some gateway's."""
    return LexborHTMLParser(html).css_first("p.missing") is not None


def read_page(html: str | bytes) -> Page:
    """One page of a list or of search results."""
    return read_head(html).page()


@dataclass(frozen=True)
class Head:
    """A page of which only is read where the next one is, so that it can be asked for meanwhile. `around` is left when
    records stand there, too."""

    total: str
    announced: str
    next_path: str | None
    html: bytes
    records: Sequence[Span]
    around: LexborHTMLParser | None

    def page(self, path: str = "", only: Collection[str] | None = None, keep: Keep | None = None) -> Page:
        """All of it, which takes ten times as long; of entries under other keys than `only` nothing but their key.
        `keep` makes of each entry what is kept of it, one after the other."""
        return Page(
            total=_number(self.total, _TOTAL),
            announced=_number(self.announced, _COUNT),
            entries=tuple(self._entries(only, keep)),
            next_path=self.next_path,
            path=path,
        )

    def _entries(self, only: Collection[str] | None, keep: Keep | None) -> Iterator[Entry]:
        if self.around is not None:
            yield from _entries_of(self.around, only, keep)
        for first in range(0, len(self.records), _RECORDS_A_TREE):
            some = self.records[first : first + _RECORDS_A_TREE]
            yield from _entries_of(LexborHTMLParser(b"".join([self.html[a:b] for a, b in some])), only, keep)


def read_head(page: str | bytes) -> Head:
    """Where a page leads to. One that was cut short is not recognised. As bytes it is UTF-8, as the tree wants it; a
    text would be a second page in memory."""
    html = page if isinstance(page, bytes) else page.encode(errors="replace")
    records = _records(html)
    tree = LexborHTMLParser(_around(html, records))
    following = tree.css_first("nav.pages a[rel=next]")
    if following is None and tree.css_first("nav.pages .end") is None:
        raise UnrecognisedPage("the page has neither a next page nor an end mark: it was cut short")
    return Head(
        total=_text(tree, _TOTAL),
        announced=_text(tree, _COUNT),
        next_path=following.attributes.get("href") if following is not None else None,
        html=html,
        records=records,
        around=tree if tree.css_first(_RECORD) is not None else None,
    )


def _records(html: bytes) -> Sequence[Span]:
    """Where the records of a page stand; none where they are not plainly one after the other."""
    if any(mark in html for mark in _HIDING):
        return ()
    records: list[Span] = []
    begin = html.find(_BEGIN)
    while begin >= 0:
        following = html.find(_BEGIN, begin + len(_BEGIN))
        until = following if following >= 0 else len(html)
        end = html.find(_END, begin, until) + len(_END)
        if end < len(_END) or html.find(_END, end, until) >= 0:
            return ()
        records.append((begin, end))
        begin = following
    return records


def _around(html: bytes, records: Sequence[Span]) -> bytes:
    """What stands before, between and behind the records."""
    begins, ends = [begin for begin, _ in records], [end for _, end in records]
    return b"".join([html[end:begin] for end, begin in zip([0, *ends], [*begins, len(html)], strict=True)])


def _entries_of(tree: LexborHTMLParser, only: Collection[str] | None, keep: Keep | None) -> Iterator[Entry]:
    for node in tree.css(_RECORD):
        entry = _entry(node, only)
        yield entry if keep is None else keep(entry)


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


def _text(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return clean(node.text()) if node is not None else ""


def _number(text: str, selector: str) -> int:
    if not text.isdecimal():
        raise UnrecognisedPage(f"the page does not say its number at {selector}")
    return int(text)
