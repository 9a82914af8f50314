"""Public pages: one address cannot take them from the others."""

from ipaddress import ip_network

import pytest
from fastapi import FastAPI, Request

from shared.web.rate import Buckets, address_of


def test_an_address_gets_its_burst_then_its_rate_and_others_are_not_touched() -> None:
    now = [0.0]
    buckets = Buckets(burst=2, a_second=0.25, seconds=lambda: now[0])
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 4]
    assert buckets.wait("b") == 0
    now[0] = 4.0
    assert [buckets.wait("a") for _ in range(2)] == [0, 4]


def test_the_memory_of_addresses_is_bounded() -> None:
    buckets = Buckets(burst=1, a_second=0.001, seconds=lambda: 0.0)
    assert buckets.wait("first") == 0
    assert [buckets.wait(str(number)) for number in range(10_000)] == [0] * 10_000
    assert buckets.wait("first") == 0  # forgotten in favour of the newer ones
    assert buckets.wait("9999") > 0


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("10.0.0.5", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.5", "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # what a visitor writes himself stands before
        ("192.0.2.9", "198.51.100.7", "192.0.2.9"),  # no proxy of ours
        ("10.0.0.5", "no address", "10.0.0.5"),
        ("10.0.0.5", "", "10.0.0.5"),
    ],
)
def test_only_a_proxy_of_ours_is_believed_about_where_a_request_comes_from(peer: str, told: str, address: str) -> None:
    app = FastAPI()
    app.state.trusted_proxies = (ip_network("10.0.0.0/24"),)
    headers = [(b"x-forwarded-for", told.encode())]
    assert address_of(Request({"type": "http", "app": app, "client": (peer, 1), "headers": headers})) == address
