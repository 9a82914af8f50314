"""The pages that are filed by enterprise: the register, and one page for each enterprise."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.faults import FaultName
from services.sync.mock_portals.common.lists import Entry, matching

_ENTERPRISES_A_PAGE = 50
_RECORDS_A_PAGE = 1000


@dataclass(frozen=True)
class Group:
    uscc: str
    name: str
    entries: Sequence[Entry]


class EnterprisePages:
    """The enterprise-centred part of the public face."""

    def __init__(self, parts: Parts, face: Face) -> None:
        self._parts = parts
        self._face = face

    def routes(self) -> list[Route]:
        return [
            Route("/enterprises", self.register, methods=["GET"]),
            Route("/enterprises/{uscc}", self.one, methods=["GET"]),
        ]

    async def register(self, request: Request) -> Response:
        after = request.query_params.get("after", "")
        total, entries, last = await self._parts.pages.lists.enterprises(after, _ENTERPRISES_A_PAGE)
        announced = len(entries)
        cut = self._parts.faults.take(FaultName.TRUNCATED_LIST) if entries else None
        if cut is not None:
            empty = cut.mode == "empty"
            entries, announced = ([], 0) if empty else (entries[: announced // 2], announced)
            last = None if empty else last
        following = f"/enterprises?{urlencode({'after': last})}" if last else None
        return self._page("企业名录", entries, total, announced, following)

    async def one(self, request: Request) -> Response:
        uscc = request.path_params["uscc"]
        found = await self._parts.pages.lists.page(matching(uscc), "", _RECORDS_A_PAGE)
        if not found.entries:
            return self._face.page("missing.html", status=404)
        return self._page("企业公示信息", found.entries, found.total, len(found.entries), None)

    def _page(
        self, heading: str, entries: Sequence[Entry], total: int, announced: int, following: str | None
    ) -> Response:
        groups = [_group(uscc, list(members)) for uscc, members in groupby(entries, key=lambda entry: entry.uscc)]
        return self._face.page(
            "enterprises.html", heading=heading, groups=groups, total=total, announced=announced, next_path=following
        )


def _group(uscc: str, entries: list[Entry]) -> Group:
    return Group(uscc, entries[0].fields.get("entName", ""), entries)
