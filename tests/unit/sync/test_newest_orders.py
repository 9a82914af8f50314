"""Which of several orders for one record counts."""

from services.sync.order import newest
from shared.vocabulary import Audience
from tests.support.sync_house import online, record_id


def test_of_several_orders_for_a_record_the_newest_counts_whatever_their_sequence() -> None:
    assert [order.generation for order in newest([online(1, 2), online(1, 3), online(1, 1)])] == [3]


def test_audiences_are_kept_apart() -> None:
    orders = newest([online(1, 2), online(1, 1, audience=Audience.MARKET_SUPERVISION)])
    assert {(order.audience, order.generation) for order in orders} == {
        (Audience.CREDIT_SITES, 2),
        (Audience.MARKET_SUPERVISION, 1),
    }


def test_orders_come_out_sorted_by_record_so_that_two_writers_lock_rows_alike() -> None:
    assert [order.record_id for order in newest([online(3), online(1), online(2)])] == [
        record_id(1),
        record_id(2),
        record_id(3),
    ]
