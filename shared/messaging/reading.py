"""Reads the events out of a message by the catalogue. A message that cannot be read at all is our own fault."""

from typing import Any

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import Event, Unreadable, decode
from shared.messaging.bus import Message


class Illegible(Exception):
    """Nothing can be saved from the message; the text says why and names no content."""


def read(message: Message) -> list[Event[Any] | Unreadable]:
    """The events of a message in order; one that breaks its contract comes back as `Unreadable`."""
    known = CATALOGUE.get(message.type)
    if known is None:
        raise Illegible("the type is not in the catalogue")
    try:
        return decode(message.body, known.data)
    except ValueError:
        raise Illegible("the body is not a JSON array of events") from None
