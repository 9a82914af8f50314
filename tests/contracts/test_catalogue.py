"""The catalogue, the topology and the code that tells events agree: nothing is told into the void."""

import ast
import inspect
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from shared.contracts import events, objections
from shared.contracts.base import EventData
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.events import PushOrdered
from shared.messaging.topology import QUEUES, bound_queues, push_queue
from shared.vocabulary import Portal
from tests.contracts.generated import listeners
from tests.contracts.samples import TYPES, example

SERVICES = Path(__file__).parents[2] / "services"
NOBODY_LISTENS: dict[str, str] = {}
"""Event types that no queue hears yet, with the reason. Telling one would be an unroutable message."""


@pytest.mark.parametrize("name", TYPES)
def test_every_event_type_is_heard_or_says_why_not(name: str) -> None:
    heard = bound_queues(QUEUES, example(name).data.routing_key())
    assert bool(heard) != (name in NOBODY_LISTENS)


def test_nothing_is_excused_that_does_not_exist() -> None:
    assert set(NOBODY_LISTENS) <= set(CATALOGUE)


def test_every_routing_key_of_a_queue_belongs_to_an_event_type() -> None:
    told = {queue for queues in listeners().values() for queue in queues}
    assert told == set(QUEUES)


def test_every_event_of_the_contracts_is_in_the_catalogue() -> None:
    told = {
        kind
        for module in (events, objections)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, EventData) and "TYPE" in vars(kind)
    }
    assert told == {line.data for line in CATALOGUE.values()}


@pytest.mark.parametrize(("portal", "take_down"), list(product(Portal, (True, False))))
def test_take_downs_and_publications_of_a_portal_have_a_queue_each(portal: Portal, take_down: bool) -> None:
    order = PushOrdered(record_id="0" * 32, generation=1, portal=portal, take_down=take_down)
    assert bound_queues(QUEUES, order.routing_key()) == [push_queue(portal, take_down=take_down)]


@pytest.mark.parametrize("name", TYPES)
def test_only_its_owner_tells_an_event_and_it_does(name: str) -> None:
    kind = CATALOGUE[name]
    tellers = {service for service, called in _made_in_services() if called == kind.data.__name__}
    assert tellers == {kind.owner}


def _made_in_services() -> Iterator[tuple[str, str]]:
    """Service and class name for each place that builds an event, by call, by `model_construct`, or handed on."""
    for path in SERVICES.glob("*/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from ((path.relative_to(SERVICES).parts[0], name) for name in _classes_called(node))


def _classes_called(call: ast.Call) -> Iterator[str]:
    if isinstance(call.func, ast.Name) and call.func.id != "isinstance":
        yield call.func.id
        yield from (one.id for one in call.args if isinstance(one, ast.Name))
    elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        yield call.func.value.id
