"""The base of every contract model: frozen, strict about unknown fields, compact on the wire."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A value that crosses a service boundary. Unknown fields are refused: a typing slip must not pass silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EventData(Contract):
    """The data of one event. `TYPE` is its CloudEvents type, past tense, `noun.verb`."""

    TYPE: ClassVar[str]

    def routing_key(self) -> str:
        """The broker's routing key; the type, unless a subclass routes more finely."""
        return self.TYPE

    def about(self) -> str:
        """The CloudEvents subject: the identifier of the thing that the event is about."""
        raise TypeError(f"{type(self).__name__} does not say what it is about")
