"""Addresses in the access log name a network, never a person (T-10)."""

import pytest

from billing.services.access.trail import shortened


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("203.0.113.77", "203.0.113.0/24", id="IPv4 without its last number"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48", id="IPv6 by the network of a site"),
        pytest.param("::ffff:203.0.113.77", "203.0.113.0/24", id="IPv4 written as IPv6"),
        pytest.param("127.0.0.1", "127.0.0.0/24", id="this machine"),
        pytest.param("unix:", "", id="no address"),
        pytest.param("203.0.113.77, 10.0.0.1", "", id="a list of them"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_address_becomes_a_network(address, network):
    assert shortened(address) == network
