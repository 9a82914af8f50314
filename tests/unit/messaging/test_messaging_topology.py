"""The topology and the catalogue agree, and delays are what a bus can offer."""

import pytest

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.events import PushOrdered
from shared.ids import new_id
from shared.messaging.topology import (
    QUEUES,
    RETRY_SECONDS,
    back_off,
    bound_queues,
    own_key,
    push_queue,
    retry_step,
)
from shared.vocabulary import Portal


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - {PushOrdered.TYPE}))
def test_every_event_of_the_catalogue_is_heard_by_a_queue(kind: str) -> None:
    assert bound_queues(QUEUES, kind)


@pytest.mark.parametrize("portal", Portal)
@pytest.mark.parametrize("take_down", [True, False])
def test_a_push_order_is_heard_by_the_queue_of_its_portal_only(portal: Portal, take_down: bool) -> None:
    order = PushOrdered(record_id=new_id(), generation=1, portal=portal, take_down=take_down)
    assert bound_queues(QUEUES, order.routing_key()) == [push_queue(portal, take_down=take_down)]


def test_take_downs_and_publications_never_share_a_queue() -> None:
    for keys in (QUEUES["sync.take_downs"], QUEUES["sync.publications"]):
        assert len(keys) == 1
    assert set(QUEUES["sync.take_downs"]).isdisjoint(QUEUES["sync.publications"])


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queues_own_key_is_heard_by_it_alone(queue: str) -> None:
    assert bound_queues(QUEUES, own_key(queue)) == [queue]


@pytest.mark.parametrize("queue", QUEUES)
def test_names_fit_into_the_columns_that_hold_them(queue: str) -> None:
    assert len(queue) <= 80
    assert len(own_key(queue)) <= 120


@pytest.mark.parametrize(("asked", "step"), [(0, 0.2), (0.2, 0.2), (0.3, 1.0), (5, 5.0), (6, 30.0), (3600, 30.0)])
def test_a_delay_is_the_nearest_step_not_below_what_was_asked(asked: float, step: float) -> None:
    assert retry_step(asked) == step


def test_a_back_off_grows_and_stops_growing() -> None:
    assert [back_off(times) for times in range(1, 7)] == [*RETRY_SECONDS, RETRY_SECONDS[-1], RETRY_SECONDS[-1]]
