"""A message is read event by event: what can be saved is saved, the rest says why."""

import pytest

from shared.contracts.envelope import Event, Unreadable
from shared.messaging.reading import Illegible, read
from tests.support.messaging_house import approved, message_of, raw_message


def test_the_events_come_in_order() -> None:
    told = [approved() for _ in range(3)]
    assert [event.data for event in read(message_of(told)) if isinstance(event, Event)] == told


def test_a_member_that_breaks_its_contract_leaves_its_neighbours_readable() -> None:
    good = message_of([approved()]).body[1:-1]
    first, broken, last = read(raw_message(b"[" + good + b', {"id": "1"}, ' + good + b"]"))
    assert isinstance(first, Event)
    assert isinstance(last, Event)
    assert isinstance(broken, Unreadable)
    assert broken.raw == '{"id": "1"}'


def test_what_cannot_be_read_can_still_be_stored() -> None:
    (broken,) = read(raw_message(b'["\\ud800 \\u0000"]'))
    assert isinstance(broken, Unreadable)
    assert broken.raw.encode() == b'"\\ud800 \\u0000"'


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[1", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_array_is_illegible(body: bytes) -> None:
    with pytest.raises(Illegible):
        read(raw_message(body))


def test_a_type_outside_the_catalogue_is_illegible() -> None:
    with pytest.raises(Illegible):
        read(raw_message(b"[]", kind="never.agreed"))


def test_the_reason_names_nothing_of_the_content() -> None:
    with pytest.raises(Illegible) as refused:
        read(raw_message(b'{"name": "Li"}'))
    assert "Li" not in str(refused.value)


def test_a_message_never_shows_its_body_when_it_is_printed() -> None:
    assert "application_id" not in repr(message_of([approved()]))
