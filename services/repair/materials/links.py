"""Links to one paper (调阅链接) that end by themselves: who may open what until when, signed with a key of the house.

A link opens one file for a few minutes and does nothing else. Making one is noted; following it needs no token, since a
browser sends none.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from shared.clock import wall_time
from shared.errors import LINK_EXPIRED, NOT_FOUND, Problem
from shared.sealing import Sealer


@dataclass(frozen=True)
class Links:
    """Makes and checks them. They live by the clock of the machine, not by that of the law."""

    sealer: Sealer
    lifetime: timedelta

    def make(self, material_id: str) -> tuple[str, datetime]:
        """The address below the service, and until when it is good."""
        until = int((wall_time() + self.lifetime).timestamp())
        query = urlencode({"until": until, "signature": self._signature(material_id, until)})
        return f"/v1/repair-materials/{material_id}/content?{query}", datetime.fromtimestamp(until, UTC)

    def check(self, material_id: str, until: int, signature: str) -> None:
        """Raise unless this is a link that the house made and that is not over."""
        if not hmac.compare_digest(self._signature(material_id, until).encode(), signature.encode()):
            raise Problem(NOT_FOUND, "This is no link that the service gave out.")
        if wall_time().timestamp() >= until:
            raise Problem(LINK_EXPIRED, f"The link was good for {int(self.lifetime.total_seconds())} seconds.")

    def _signature(self, material_id: str, until: int) -> str:
        return self.sealer.keyed_digest(f"creditsync repair material link {material_id} {until}")
