"""死信: messages of any service that nobody could handle, by queue and cause; the hand that settles them.

The page does not ask for itself: on RabbitMQ to look at dead letters means to move them.
"""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.page import language, present, safe_path
from services.sync.dashboard.reading import Params
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.ids import new_id

router = APIRouter()

PATH = "/deliveries/dead-letters"
BULK_LIMIT = 50
"""The service refuses more to one operator; the page says so beforehand."""
_PAGE = 100
_SERVICE = "/v1/dead-letters"
_CAUSES: Mapping[str, str] = {
    "the type is not in the catalogue": "type",
    "the body is not a JSON array of events": "body",
    "delivery limit": "limit",
}
"""The sentences of the bus, and the word of the catalogue for each; another one is shown as it is."""


@router.get(PATH)
async def dead_letters(request: Request, _visitor: Signed, reader: Reads) -> Response:
    """All queues of the house, by type and cause."""
    asked: Params = {"limit": _PAGE, "cursor": request.query_params.get("cursor")}
    return present(request, "dead_letters", {"found": await reader.read("sync", _SERVICE, asked), **_words()})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    return await list_file(request, reader, ("sync", _SERVICE, {}), form, "dead-letters", columns, back=PATH)


@router.get(f"{PATH}/{{queue}}")
async def of_cause(request: Request, _visitor: Signed, reader: Reads, queue: str) -> Response:
    """The dead letters of one cause: a sample without what it says, and the form that settles them."""
    found = await reader.read("sync", _SERVICE, {"queue": queue, "limit": 500})
    asked = (request.query_params.get("type"), request.query_params.get("cause"))
    groups = found.data["items"] if found.ok else []
    group = next((one for one in groups if (one["type"], one["cause"]) == asked), None)
    return present(request, "dead_letter", {"found": found, "group": group, "queue": queue, **_words()})


@router.post(f"{PATH}/{{queue}}/try")
async def try_settlement(request: Request, visitor: Signed, desk: Desk, reader: Reads, queue: str) -> Response:
    """How many messages it would be; nothing is changed, and the answer asks for the last word."""
    fields = await posted(request, desk)
    body = _settlement(fields)
    tried = await reader.act("sync", _path(queue), {**body, "dry_run": True}, key=new_id())
    back = safe_path(fields.get("back", PATH))
    if not tried.ok:
        return present(request, "refused", {"outcome": tried, "back": back}, status=tried.status)
    alone = body["remedy"] == "retry" and tried.data["letters"] <= BULK_LIMIT
    values = {
        "queue": queue,
        "body": body,
        "tried": tried.data,
        "back": back,
        "needs_another": not alone and not visitor.may("events:approve"),
        "bulk_limit": BULK_LIMIT,
    }
    return present(request, "dead_letter_settle", {**values, **_words()})


@router.post(f"{PATH}/{{queue}}/settle")
async def settle(request: Request, _visitor: Signed, desk: Desk, reader: Reads, queue: str) -> Response:
    """Send back, or discard."""
    fields = await posted(request, desk)
    body = _settlement(fields)
    outcome = await reader.act("sync", _path(queue), body, key=key_of(fields))
    note = "parked_discarded" if body["remedy"] == "discard" else "dead_letters_replayed"
    return done(request, outcome, back=PATH, note=note)


def _settlement(fields: dict[str, str]) -> dict[str, Any]:
    body = {"remedy": fields.get("remedy", "retry"), "reason": fields.get("reason", "")}
    return body | {name: fields[name] for name in ("type", "cause") if fields.get(name)}


def _path(queue: str) -> str:
    return f"{_SERVICE}/{quote(queue, safe='')}"


def _words() -> dict[str, Any]:
    return {"cause_of": lambda cause: _CAUSES.get(cause, "other"), "escaped": lambda text: quote(text, safe="")}


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("deliveries.queue"), lambda row: row["queue"]),
        (t("deliveries.event"), lambda row: word(lang, "event_type", row["type"])),
        (t("deliveries.cause"), lambda row: row["cause"]),
        (t("dead_letters.letters"), lambda row: row["letters"]),
        (t("dead_letters.in_queue"), lambda row: row["in_queue"]),
        (t("deliveries.oldest"), lambda row: show.at(row["oldest_at"])),
        (t("deliveries.newest"), lambda row: show.at(row["newest_at"])),
        (t("dead_letters.sample"), lambda row: row["sample"]["message_id"]),
        (t("parked.about"), lambda row: row["sample"]["about"]),
    ]
