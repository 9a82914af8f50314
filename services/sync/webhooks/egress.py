"""How webhooks leave: with as many connections as the lanes may have requests under way, whichever hosts they lead to.

The lanes are the bound. A second one, by host or in all, would let endpoints that never answer keep the connections of
healthy ones behind the same gateway, which were then blamed for requests that never left (guarantee G13).
"""

from services.sync.webhooks.deliver import LANES
from services.sync.webhooks.lane import AT_ONCE
from shared.outbound.client import Timeouts
from shared.outbound.egress import Egress
from shared.outbound.guard import EgressRules


def egress_of_lanes(rules: EgressRules, timeouts: Timeouts | None = None) -> Egress:
    """For one process with its lanes."""
    return Egress(rules, timeouts, connections=LANES * AT_ONCE, connections_a_host=None)
