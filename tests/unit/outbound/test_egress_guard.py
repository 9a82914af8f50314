"""Where a program connects when somebody else names the address: decided on resolved addresses, whatever their form."""

from ipaddress import ip_network

import pytest

from shared.outbound.guard import EgressRules

INTRANET = EgressRules([ip_network("10.20.0.0/16"), ip_network("0.0.0.0/0"), ip_network("::/0")])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "::1",  # loopback
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "fd12::1",  # private
        "169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",  # metadata
        "0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "100.64.0.1", "198.18.0.1", "240.0.0.1",  # noqa: S104
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1",  # mapped and compatible
        "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",  # NAT64
        "2002:a00:1::", "2002:7f00:1::1", "2001:0:a00:1::1",  # 6to4 and Teredo
    ],
)  # fmt: skip
def test_nothing_inside_is_reached_without_an_allow_list(address: str) -> None:
    assert EgressRules().refusal_of(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "223.5.5.5"])
def test_public_addresses_are_reached(address: str) -> None:
    assert EgressRules().refusal_of(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "fec0::1", "5f00::1", "4000::1",  # site-local, segment routing, never given out
        "::ffff:0:10.0.0.1",  # SIIT
        "2001:470::5efe:a00:1", "2001:470::200:5efe:a00:1", "fd12::5efe:a00:1",  # ISATAP
        "168.63.129.16", "192.88.99.1",  # metadata of a cloud, 6to4 relays
    ],
)  # fmt: skip
def test_what_only_looks_public_is_refused_and_no_allow_list_opens_it(address: str) -> None:
    assert EgressRules().refusal_of(address)
    assert INTRANET.refusal_of(address)


def test_an_allow_list_opens_private_ipv6() -> None:
    assert EgressRules([ip_network("fd12::/16")]).refusal_of("fd12::1") is None
    assert EgressRules([ip_network("fd13::/16")]).refusal_of("fd12::1")


@pytest.mark.parametrize("address", ["10.20.3.4", "127.0.0.1", "192.168.1.1"])
def test_an_allow_list_opens_what_it_names(address: str) -> None:
    assert INTRANET.refusal_of(address) is None
    assert EgressRules([ip_network("10.21.0.0/16")]).refusal_of(address)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "64:ff9b::a14:1", "2002:a14:1::", "::1"]
)
def test_no_allow_list_opens_link_local_metadata_or_translated_addresses(address: str) -> None:
    assert INTRANET.refusal_of(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://subscriber.example/", "ftp://subscriber.example/", "subscriber.example", "https://", "",
        "https://user:word@subscriber.example/", "https://subscriber.example/#part", "https://subscriber.example:99999/",
        "https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://subscriber.example/ x",
        "https://例子.example/", "https://subscriber.example/" + "a" * 500, "https://[::1",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_as_it_is_written(url: str) -> None:
    assert EgressRules().refusal_of_url(url)


def test_plain_http_is_for_the_embedded_mode_only() -> None:
    assert EgressRules(https_only=False).refusal_of_url("http://subscriber.example/hook") is None
    assert EgressRules().refusal_of_url("http://subscriber.example/hook")
    assert EgressRules().refusal_of_url("https://subscriber.example:8443/hook?a=b") is None
