"""A service that is older than the dashboard, as in the midst of a release, answers without fields that a page shows.

What a page misses is told by the answer itself, wherever the page looks for it: the page is made once more with that
answer taken for none, so that its panel is greyed with the reason and the others stand. Forms are never sent again.
"""

from collections.abc import Mapping
from typing import Any, Self

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

Asked = tuple[str, str]
"""A service and a path of it."""

MOST = 20
"""So many answers of one page may be older; the overview, with the most of all, stands on as many."""


class OlderAnswer(Exception):
    """A field that a page shows is not in an answer."""

    def __init__(self, asked: Asked, name: object) -> None:
        super().__init__(f"{asked[0]} answered {asked[1]} without {name}")
        self.asked, self.name = asked, name


class Told(dict[str, Any]):
    """An object of an answer. What it lacks is no undefined value, which might be anybody's fault, but raises
    `OlderAnswer`."""

    __slots__ = ("asked",)

    def __init__(self, fields: Mapping[str, Any], asked: Asked) -> None:
        super().__init__(fields)
        self.asked = asked

    def __missing__(self, name: object) -> Any:
        raise OlderAnswer(self.asked, name)

    def __or__(self, more: Mapping[str, Any]) -> Self:  # type: ignore[override]
        """The same with fields of the page's own."""
        return type(self)({**self, **more}, self.asked)


def told(data: Any, asked: Asked) -> Any:
    """What a service answered, each object of it knowing where it comes from."""
    if isinstance(data, dict):
        parts = {name: told(value, asked) for name, value in data.items() if isinstance(value, dict | list)}
        return Told(data | parts, asked)
    return [told(one, asked) for one in data] if isinstance(data, list) else data


class OlderAnswers:
    """Innermost: a page that misses a field is made anew without the answer that lacks it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        older: set[Asked] = set()
        scope["state"]["older"] = older
        while True:
            try:
                await self._app({**scope}, receive, send_noted)
            except OlderAnswer as missed:
                if started or missed.asked in older or len(older) == MOST:
                    raise
                older.add(missed.asked)
                log.warning("answer_is_older", service=missed.asked[0], field=str(missed.name)[:64])
            else:
                return
