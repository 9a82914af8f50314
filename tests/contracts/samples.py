"""The committed example of each event type, as the tests of this folder read it."""

import json
from typing import Any

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import Event
from shared.contracts.schemas import EXAMPLES

TYPES = sorted(CATALOGUE)


def raw_example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def example(name: str) -> Event[Any]:
    """The example as the model reads it."""
    event: Event[Any] = Event[CATALOGUE[name].data].model_validate(raw_example(name))  # type: ignore[misc]
    return event
