"""Statements that were carried out before, by a shorter way: most of a statement was what SQLAlchemy does around it.

The first time SQLAlchemy carries a statement out. What it did is kept: the text, which value goes where and by which
conversion, how rows are read. The next time only that is done, with rows that the library makes. What fails or sets
values by itself goes the usual way.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Connection, CursorResult, Executable
from sqlalchemy.engine import IteratorResult

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Held = Sequence[BindParameter[Any]]
Convert = Callable[[Any], Any] | None

_LISTS = (list, tuple, set, frozenset)


class _Done(IteratorResult[Any]):
    """What came of it: rows, and how many were written."""

    def __init__(self, reading: Any, rows: Iterable[Any], rowcount: int) -> None:
        super().__init__(reading, iter(rows))
        self.rowcount = rowcount


class _Place(NamedTuple):
    """Where a value goes: the positions of it, or of each of its elements. It is given by its name, or stands in the
    statement itself."""

    given: str | None
    held: int
    convert: Convert
    at: Sequence[int]
    of_elements: Sequence[Sequence[int]]


class _Way(NamedTuple):
    """How one statement is carried out with values of these names."""

    text: str
    fixed: Sequence[Any]
    places: Sequence[_Place]
    reading: Any

    def once(self, driver: sqlite3.Connection, values: Mapping[str, Any], held: Held) -> _Done:
        cursor = sqlite3.Cursor(driver)
        rows = cursor.execute(self.text, self._bound(values, held)).fetchall()
        return _Done(self.reading, rows, cursor.rowcount)

    def often(self, driver: sqlite3.Connection, values: Sequence[Mapping[str, Any]], held: Held) -> _Done:
        cursor = sqlite3.Cursor(driver).executemany(self.text, [self._bound(each, held) for each in values])
        return _Done(self.reading, (), cursor.rowcount)

    def _bound(self, values: Mapping[str, Any], held: Held) -> list[Any]:
        row = [*self.fixed]
        for given, which, convert, at, of_elements in self.places:
            value = held[which].effective_value if given is None else values[given]
            if of_elements:
                for places, element in zip(of_elements, value, strict=True):
                    for place in places:
                        row[place] = convert(element) if convert else element
            else:
                for place in at:
                    row[place] = convert(value) if convert else value
        return row


class _Known(NamedTuple):
    """A statement that was seen before: the ways by names and lengths of the values, none where there is only the usual
    one; the values that it holds itself; and how long those are that are lists."""

    ways: dict[object, _Way | None]
    held: Held
    lengths: Sequence[int]


_of_key: defaultdict[object, dict[object, _Way | None]] = defaultdict(dict)
_of_statement: WeakKeyDictionary[Executable, _Known] = WeakKeyDictionary()


def carry_out(connection: Connection, driver: sqlite3.Connection, statement: Executable, values: Values) -> Any:
    """What `connection.execute` would give."""
    known = _of_statement.get(statement) or _recognised(statement)
    given = values or {}
    if len(given) == 1 and not isinstance(given, dict):
        [given] = given
    one = given if isinstance(given, dict) else None
    shape = _shape(given if one is None else [given], known)
    way = known.ways.get(shape)
    if way is not None:
        try:
            return way.often(driver, given, known.held) if one is None else way.once(driver, one, known.held)
        except sqlite3.Error:
            """It had no effect, and fails again as errors of the library do."""
    result = connection.execute(statement, values)
    if shape not in known.ways:
        known.ways[shape] = _way(statement, result, given[0] if one is None else one)
    return result


def _recognised(statement: Executable) -> _Known:
    key = statement._generate_cache_key()  # type: ignore[attr-defined]
    if key is None or key.params:
        known = _Known({}, (), ())
    else:
        lengths = [len(bound.value) for bound in key.bindparams if isinstance(bound.value, _LISTS)]
        known = _Known(_of_key[key.key], key.bindparams, lengths)
    _of_statement[statement] = known
    return known


def _shape(given: Sequence[Mapping[str, Any]], known: _Known) -> object:
    """What the text depends on besides the statement."""
    lengths = [len(value) for value in given[0].values() if isinstance(value, _LISTS)]
    return (len(given) > 1, *given[0], *lengths, *known.lengths)


def _way(statement: Executable, result: CursorResult[Any], given: Mapping[str, Any]) -> _Way | None:
    context: Any = result.context
    compiled = context.compiled
    usual_only = (
        statement._execution_options  # type: ignore[attr-defined]
        or compiled.literal_execute_params
        or compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.escaped_bind_names
        or any(bound.type._is_tuple_type for bound in compiled.bind_names)
        or context.extracted_parameters is None
        or context.execute_style.name not in ("EXECUTE", "EXECUTEMANY")
    )
    return (
        None
        if usual_only
        else _Way(context.statement, context.parameters[0], _places(context, given), result._metadata)
    )


def _places(context: Any, given: Mapping[str, Any]) -> list[_Place]:
    compiled, held = context.compiled, context.extracted_parameters
    matches, _ = compiled._cache_key_bind_match
    which = {bound: at for at, original in enumerate(compiled.cache_key[1]) for bound in matches[original]}
    names, elements = compiled.positiontup, {}
    if compiled.post_compile_params:
        values = compiled.construct_params(given, extracted_parameters=held, escape_names=False)
        state = compiled._process_parameters_for_postcompile(values)
        names, elements = state.positiontup, state.parameter_expansion
    at = defaultdict(list)
    for position, name in enumerate(names):
        at[name].append(position)
    found = []
    for bound, name in compiled.bind_names.items():
        by = next((key for key in (bound.key, name) if key in given), None)
        is_empty = name in elements and not elements[name]
        if not is_empty and (by is not None or bound in which):
            convert = compiled._bind_processors.get(name)
            of_elements = [at[element] for element in elements.get(name, ())]
            found.append(_Place(by, which.get(bound, -1), convert, at[name], of_elements))
    return found
