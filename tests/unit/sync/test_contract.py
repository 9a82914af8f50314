"""What a probe of a portal's contract means for its channel, and which departures count, as values."""

from datetime import UTC, datetime, timedelta

import pytest

from services.sync.domain.channel import SENTINEL, Channel, Pace, admit, after_probe, fresh
from services.sync.portals.contract import departures, departures_of_answer
from services.sync.portals.credit_china import mapping
from services.sync.portals.credit_china.mapping import columns_of
from services.sync.portals.pages import Entry
from shared.outbound.client import Answer
from tests.conformance.portal_rig import CLOSES_ON, penalty

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
RUNNING = fresh(Pace(), NOW)
FAULT = "detail: '罚款金额' is missing"


def stopped_by(name: str, faults: str | None = None) -> Channel:
    return Channel(10.0, NOW, stopped_by=f"{name}: why", contract_faults=faults)


def shown(number: int, **changes: str) -> Entry:
    record = penalty(number)
    values = {column.label: column.write(record, CLOSES_ON) for column in mapping.COLUMNS[record.kind] if column.label}
    return Entry(mapping.portal_key(record), {**values, **changes})


def test_new_faults_stop_a_running_channel_and_a_good_probe_starts_it_again() -> None:
    stopped = after_probe(RUNNING, FAULT)
    assert stopped.stopped_by == f"{SENTINEL}: {FAULT}"
    assert admit(stopped, Pace(), NOW, 5).requests == 0
    again = after_probe(stopped, None)
    assert (again.stopped_by, again.contract_faults) == (None, None)
    assert admit(again, Pace(), NOW + timedelta(seconds=1), 5).requests == 5


def test_what_a_person_stopped_stays_stopped_whatever_a_probe_finds() -> None:
    person = stopped_by("operator")
    assert after_probe(person, FAULT).stopped_by == person.stopped_by
    assert after_probe(after_probe(person, FAULT), None).stopped_by == person.stopped_by


def test_what_a_person_started_although_the_faults_are_known_stays_started_until_there_are_others() -> None:
    started = Channel(10.0, NOW, contract_faults=FAULT)
    assert after_probe(started, FAULT) == started
    assert after_probe(started, f"{FAULT}; more").stopped_by == f"{SENTINEL}: {FAULT}; more"


def test_pages_as_they_are_known_show_no_departure() -> None:
    assert departures([shown(1), shown(2)], columns_of) == []


def test_a_caption_that_every_page_lacks_is_a_departure_and_one_that_a_single_page_lacks_is_drift() -> None:
    def without(number: int) -> Entry:
        entry = shown(number)
        return Entry(entry.key, {name: value for name, value in entry.shown.items() if name != "罚款金额"})

    assert departures([without(1), without(2)], columns_of) == ["'罚款金额' is missing"]
    assert departures([without(1), shown(2)], columns_of) == []
    assert departures([without(1)], columns_of) == []


def test_days_and_amounts_that_no_page_shows_as_such_are_departures() -> None:
    wrong = [shown(n, 罚款金额="数额较大", 处罚决定日期="二〇二六年") for n in (1, 2)]
    assert departures(wrong, columns_of) == ["'罚款金额' is no amount any more", "'处罚决定日期' is no day any more"]
    assert departures([wrong[0], shown(3)], columns_of) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"results": [], "unknown": []}', []),
        (b'{"items": [], "unknown": []}', ["receipts: 'results' is missing or no list"]),
        (b'{"results": {}, "unknown": []}', ["receipts: 'results' is missing or no list"]),
        (b"<html>", ["receipts: answered 200 in a form that is not known"]),
    ],
)
def test_a_member_that_is_gone_or_another_kind_is_a_departure(body: bytes, found: list[str]) -> None:
    assert departures_of_answer("receipts", Answer(200, {}, body), "results", "unknown") == found
