"""Recognises the header of a table: which column each of its texts means, and of which kind of record the table is.

Codes, former codes and Chinese titles may stand mixed and in any order. What is doubled or could belong to two kinds is
a problem, never a guess; unknown columns are kept by their own text; missing ones are told (ruling R20).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.ingest.mapping.columns import TEMPLATES, names_of
from services.ingest.mapping.dates import DATE_FIELDS
from services.ingest.mapping.titles import header_key
from shared.vocabulary import RecordKind

_FEWEST = 3  # known columns that make a row a header: fewer could be words of a title or of a data row
_LONGEST = 100  # characters of a header text that are looked at and kept
_COUNTERS = frozenset({"序号", "编号", "行号", "No.", "NO."})  # number a row on its sheet and say nothing of a record
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile("[\ud800-\udfff]")  # half characters, which no encoding can write
_CODE = re.compile(r"(?<![A-Za-z0-9_])[A-Z]{2}_[A-Z0-9_]+")


class HeaderProblem(StrEnum):
    """Why a row cannot be taken as the header."""

    NOT_RECOGNISED = "not_recognised"
    DOUBLED = "doubled"
    TWO_KINDS = "two_kinds"
    OTHER_KIND = "other_kind"


class HeaderRefused(Exception):
    """Carries the problem and the texts or kinds that it is about."""

    def __init__(self, problem: HeaderProblem, *about: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.about = about


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table by position. `names` are what `read_row` takes; a blank one has the empty name."""

    kind: RecordKind
    names: tuple[str, ...]
    counters: frozenset[int]  # positions of 序号, which belongs to the sheet and not to the record
    known: frozenset[int]
    unknown: tuple[str, ...]
    doubled: tuple[str, ...]  # texts of unknown columns that stand more than once; a known one is a problem
    missing: tuple[str, ...]  # required columns that the table does not have
    dates: frozenset[int]  # positions of columns that hold days


def known_columns(cells: Sequence[str]) -> int:
    """How many different columns of one kind a row names; a header is the row with the most."""
    return max(len(set(_meanings(kind, cells).values())) for kind in TEMPLATES)


def is_header(cells: Sequence[str]) -> bool:
    """Whether the row names enough columns to be a header of any kind."""
    return known_columns(cells) >= _FEWEST


def meaning(kind: RecordKind, text: str) -> str | None:
    """The column that a header text means, by itself or by the code that stands in it."""
    names = names_of(kind)
    text = text[:_LONGEST]
    if found := names.get(header_key(text)):
        return found
    codes = {names[key] for code in _CODE.findall(text) if (key := header_key(code)) in names}
    return codes.pop() if len(codes) == 1 else None


def printable(name: str) -> str:
    """A column name as it may be repeated to people and stored."""
    return _HALVES.sub("\ufffd", _CONTROLS.sub("", name)).strip()[:_LONGEST]


def read_header(cells: Sequence[str], kind: RecordKind | None = None) -> Header:
    """The header in these cells, or `HeaderRefused`."""
    found = kind_of(cells, kind)
    meanings = _meanings(found, cells)
    _refuse_doubled(cells, meanings)
    counters = frozenset(at for at, text in enumerate(cells) if text.strip() in _COUNTERS and at not in meanings)
    texts = [meanings.get(at) or printable(text) for at, text in enumerate(cells)]
    names = _unique(texts)
    template = TEMPLATES[found]
    present = set(meanings.values())
    dated = {name for field in DATE_FIELDS & template.keys() for name in template[field].names}
    return Header(
        kind=found,
        names=names,
        counters=counters,
        known=frozenset(meanings),
        unknown=tuple(name for at, name in enumerate(names) if name and at not in counters | meanings.keys()),
        doubled=tuple(text for text, times in Counter(texts).items() if text and times > 1),
        missing=tuple(one.name for one in template.values() if one.required and present.isdisjoint(one.names)),
        dates=frozenset(at for at, name in meanings.items() if name in dated),
    )


def _meanings(kind: RecordKind, cells: Sequence[str]) -> dict[int, str]:
    return {at: name for at, text in enumerate(cells) if text and (name := meaning(kind, text))}


def kind_of(cells: Sequence[str], wanted: RecordKind | None) -> RecordKind:
    """The kind that knows most of the columns. Columns that only another kind knows must stay an exception."""
    places = {kind: set(_meanings(kind, cells)) for kind in TEMPLATES}
    most = max(len(known) for known in places.values())
    if most < _FEWEST:
        raise HeaderRefused(HeaderProblem.NOT_RECOGNISED)
    best = [kind for kind, known in places.items() if len(known) == most]
    if wanted and wanted not in best:
        raise HeaderRefused(HeaderProblem.OTHER_KIND, *best)
    if not wanted and len(best) > 1:
        raise HeaderRefused(HeaderProblem.TWO_KINDS, *best)
    chosen = wanted or best[0]
    rivals = [kind for kind, known in places.items() if len(known - places[chosen]) >= _FEWEST]
    if rivals:
        raise HeaderRefused(HeaderProblem.TWO_KINDS, chosen, *rivals)
    return chosen


def _refuse_doubled(cells: Sequence[str], meanings: dict[int, str]) -> None:
    places: dict[str, list[int]] = {}
    for at, name in meanings.items():
        places.setdefault(name, []).append(at)
    doubled = [printable(cells[at]) for found in places.values() if len(found) > 1 for at in found]
    if doubled:
        raise HeaderRefused(HeaderProblem.DOUBLED, *doubled)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Unknown columns may bear one text twice; as keys of a row they must differ, also from one that is called so."""
    taken, unique = set(names), list[str]()
    seen: dict[str, int] = {}
    for name in names:
        number = seen[name] = seen.get(name, 0) + 1
        while name and number > 1 and f"{name} ({number})" in taken:
            number = seen[name] = number + 1
        unique.append(f"{name} ({number})" if name and number > 1 else name)
        taken.add(unique[-1])
    return tuple(unique)
