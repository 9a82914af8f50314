"""A portal for the bench case `reconcile` that makes each page of its public list when it is asked: `PORT LISTED`.

It renders with the templates of the stand-ins; what it shows follows from the number of a record, so that a million of
them need no database.
"""

import sys
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.local.ports import LOOPBACK
from services.sync.mock_portals.common.dual_disclosure import layouts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.layout import amount_in_yuan, slashed_day
from shared.web.server import run, serve, stop_on_signals
from tests.bench.reconciling import GHOSTS, MISSING, entry_of

_USUAL = 500
_FACE = Face("信用江苏（测量）", "双公示信息查询", "#1d5fa8", layouts(amount=amount_in_yuan, day=slashed_day))


@dataclass(frozen=True)
class _Shown:
    """One record as the templates want it."""

    key: str
    kind: str
    fields: dict[str, str]


def portal(listed: int) -> FastAPI:
    app = FastAPI(openapi_url=None)

    async def page(request: Request) -> Response:
        after = int(request.query_params.get("after", "0"))
        size = int(request.query_params.get("size", _USUAL))
        numbers = range(after, min(after + size, listed + GHOSTS))
        entries = [entry_of(number, listed) for number in numbers]
        here = [_Shown(one.key, "CF", one.shown) for one in entries if one.state != "missing"]
        return _FACE.page(
            "list.html",
            heading="公示列表",
            query="",
            total=listed - MISSING + GHOSTS,
            announced=len(here),
            entries=here,
            next_path=f"/list?size={size}&after={numbers.stop}" if numbers.stop < listed + GHOSTS else None,
        )

    app.add_route("/list", page)
    return app


async def main(port: int, listed: int) -> None:
    await serve([(portal(listed), LOOPBACK, port)], stop_on_signals())


if __name__ == "__main__":
    run(main(int(sys.argv[1]), int(sys.argv[2])))
