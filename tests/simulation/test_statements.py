"""The shorter way of a statement gives what the library gives."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, bindparam, create_engine, select, update
from sqlalchemy.exc import IntegrityError

from services.sync.tables import metadata, portal_channel
from shared.database.upsert import insert_for
from tests.simulation.statements import Values, carry_out

NOW = datetime(2026, 4, 1, tzinfo=UTC)
_C = portal_channel.c
_THESE = select(_C.portal, _C.since).where(_C.portal.in_(bindparam("these", expanding=True))).order_by(_C.portal)
_RAISED = update(portal_channel).where(_C.portal == bindparam("one")).values(failures=_C.failures + 1)


def _lines(count: int) -> list[dict[str, Any]]:
    usual = {"tokens": 1.0, "refilled_at": NOW, "breaker": "closed", "failures": 0, "read_tokens": 1.0}
    return [{"portal": f"p{at}", "since": NOW + timedelta(days=at), **usual} for at in range(count)]


def _carried_out(connection: Connection, statement: Executable, values: Values = None) -> Any:
    return carry_out(connection, connection.connection.driver_connection, statement, values)


@pytest.fixture
def connection() -> Any:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        connection.execute(portal_channel.insert(), _lines(4))
        yield connection
    engine.dispose()


@pytest.mark.parametrize("these", [["p0"], ["p3", "p1"], [], ["p0", "p1", "p2"], ["nobody"]])
def test_lists_of_any_length_are_read_as_the_library_reads_them(connection: Connection, these: list[str]) -> None:
    for _ in range(3):
        found = _carried_out(connection, _THESE, {"these": these}).all()
        assert found == connection.execute(_THESE, {"these": these}).all()


def test_a_statement_made_anew_keeps_the_values_that_it_holds(connection: Connection) -> None:
    """Two of the same form share a way, and not their values."""
    for day, these in ((1, ["p1", "p2"]), (2, ["p1", "p2"]), (0, ["p3", "p0"]), (0, ["p3"]), (1, ["p1"])):
        later = select(_C.portal).where(_C.since >= NOW + timedelta(days=day), _C.portal.in_(these))
        assert _carried_out(connection, later).scalars().all() == connection.execute(later).scalars().all()


def test_what_was_written_is_counted(connection: Connection) -> None:
    for one, count in (("p1", 1), ("nobody", 0), ("p1", 1)):
        assert _carried_out(connection, _RAISED, {"one": one}).rowcount == count
    _carried_out(connection, _RAISED, [{"one": "p1"}, {"one": "p2"}])
    _carried_out(connection, _RAISED, [{"one": "p1"}, {"one": "p2"}])
    raised = connection.execute(select(_C.failures).order_by(_C.portal)).scalars().all()
    assert raised == [0, 4, 2, 0]


def test_what_fails_fails_as_the_librarys_errors_do(connection: Connection) -> None:
    insert = insert_for("sqlite", portal_channel)
    [line] = _lines(1)
    for at in range(10, 12):
        _carried_out(connection, insert, line | {"portal": f"p{at}"})
    with pytest.raises(IntegrityError):
        _carried_out(connection, insert, line)
