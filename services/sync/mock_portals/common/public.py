"""The pages that a citizen sees: home, search, lists, detail. Plain HTML, no script, no login."""

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.faults import FaultName, Faults
from services.sync.mock_portals.common.lists import Lists, Wanted, decided_on, everything, matching
from services.sync.mock_portals.common.store import RecordStore

_LATEST = 10


class PublicPages:
    """The routes of one portal's public face."""

    def __init__(self, face: Face, store: RecordStore, faults: Faults, page_size: int) -> None:
        self._face = face
        self._store = store
        self._faults = faults
        self._page_size = page_size
        self.lists = Lists(store)
        self._style = face.text("style.css")

    def routes(self) -> list[Route]:
        paths: dict[str, Callable[[Request], object]] = {
            "/": self.home,
            "/style.css": self.style,
            "/search": self.search,
            "/list": self.browse,
            "/records/{key}": self.detail,
        }
        return [Route(path, endpoint, methods=["GET"]) for path, endpoint in paths.items()]

    async def home(self, _request: Request) -> Response:
        total, entries = await self.lists.latest(_LATEST)
        return self._face.page("home.html", total=total, entries=entries)

    async def style(self, _request: Request) -> Response:
        return Response(self._style, media_type="text/css", headers={"cache-control": "max-age=3600"})

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("q", "")[:200]
        if not query.strip():
            return await self.home(request)
        return await self._list(request, matching(query), f"查询“{query}”", query)

    async def browse(self, request: Request) -> Response:
        day = request.query_params.get("decided_on")
        if day:
            return await self._list(request, decided_on(day), f"{day} 作出的决定")
        return await self._list(request, everything(), "公示列表")

    async def detail(self, request: Request) -> Response:
        key = request.path_params["key"]
        held = await self._store.held(key)
        if held is None or not held.visible:
            return self._face.page("missing.html", status=404)
        return self._face.page("detail.html", key=key, fields=held.fields, layout=self._face.layouts[held.kind])

    async def _list(self, request: Request, wanted: Wanted, heading: str, query: str = "") -> Response:
        after, number = request.query_params.get("after", ""), _page_number(request)
        skip = 0 if after else (number - 1) * self._page_size
        found = await self.lists.page(wanted, after, self._page_size, skip)
        entries, has_more = found.entries, found.has_more
        announced = len(entries)
        following = None
        cut = self._faults.take(FaultName.TRUNCATED_LIST) if entries else None
        if cut is not None:
            entries = [] if cut.mode == "empty" else entries[: announced // 2]
            announced, has_more = (0, False) if cut.mode == "empty" else (announced, has_more)
        if has_more:
            kept = {name: request.query_params[name] for name in ("q", "decided_on") if name in request.query_params}
            following = f"?{urlencode({**kept, 'page': number + 1, 'after': found.entries[-1].cursor})}"
        return self._face.page(
            "list.html",
            heading=heading,
            query=query,
            total=found.total,
            announced=announced,
            entries=entries,
            next_path=request.url.path + following if following else None,
        )


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return min(max(int(text), 1), 1_000_000) if text.isdecimal() and len(text) < 8 else 1
