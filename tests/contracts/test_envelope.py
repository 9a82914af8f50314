"""Encoding and decoding: what goes in comes out, and one bad member never hides its neighbours."""

import json

import pytest

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import Unreadable, decode, encode
from tests.contracts.samples import TYPES, example, raw_example


@pytest.mark.parametrize("name", TYPES)
def test_what_is_encoded_is_decoded_to_the_same_events(name: str) -> None:
    events = [example(name), example(name).model_copy(update={"id": "f" * 32})]
    assert decode(encode(events), CATALOGUE[name].data) == events


@pytest.mark.parametrize("name", TYPES)
def test_a_message_is_a_cloudevents_batch_that_anyone_can_read(name: str) -> None:
    assert json.loads(encode([example(name)])) == [raw_example(name)]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    "member",
    [None, 7, "text", [], {}, {"specversion": "1.0"}, {"id": "\ud800"}],
    ids=["null", "number", "text", "array", "empty", "half", "half_a_surrogate_pair"],
)
def test_an_unreadable_member_is_named_and_its_neighbours_are_read(name: str, member: object) -> None:
    body = json.dumps([raw_example(name), member, raw_example(name)]).encode()
    first, bad, last = decode(body, CATALOGUE[name].data)
    assert first == last == example(name)
    assert isinstance(bad, Unreadable)
    assert bad.reason
    assert bad.raw.encode("utf-8")


@pytest.mark.parametrize("name", TYPES)
def test_an_event_with_an_unknown_field_is_unreadable_and_says_which(name: str) -> None:
    event = raw_example(name)
    event["data"]["surprise"] = 1
    [bad] = decode(json.dumps([event]).encode(), CATALOGUE[name].data)
    assert isinstance(bad, Unreadable)
    assert "data.surprise" in bad.reason


@pytest.mark.parametrize("body", [b"", b"{}", b"7", b"\xff", b"[1", b"[" * 100_000], ids=lambda body: str(body[:4]))
def test_a_body_from_which_nothing_can_be_saved_is_refused_whole(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body, CATALOGUE["repair.approved"].data)


def test_an_empty_batch_holds_no_events() -> None:
    assert decode(b"[]", CATALOGUE["repair.approved"].data) == []


def test_the_reason_for_an_unreadable_event_stays_short() -> None:
    [bad] = decode(b"[{}]", CATALOGUE["record.admitted"].data)
    assert isinstance(bad, Unreadable)
    assert bad.reason.count(";") < 5


def test_an_event_cannot_be_changed_after_it_was_made() -> None:
    event = example("repair.approved")
    with pytest.raises(ValueError, match="frozen"):
        setattr(event, "id", "other")  # noqa: B010 - the type checker refuses the plain form, which is the point
