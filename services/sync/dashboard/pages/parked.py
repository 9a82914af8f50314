"""搁置的事件: events that no handler could take, by service and cause; opened masked, sent back or discarded."""

import json
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file, whole_file
from services.sync.dashboard.page import language, present, safe_path
from services.sync.dashboard.reading import Params, Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.ids import new_id

router = APIRouter()

PATH = "/deliveries/parked"
SERVICES = ("ingest", "disclosure", "repair", "sync")
BULK_LIMIT = 50
"""The services refuse more to one operator; the page says so beforehand."""
_PAGE = 100
_READ_AGAIN = "0"
"""The first word of a cause that is a place in an event: it breaks its contract. Types of errors begin with letters."""

ServiceName = Literal["ingest", "disclosure", "repair", "sync"]


@router.get(PATH)
@router.get(f"{PATH}/live")
async def parked(request: Request, _visitor: Signed, reader: Reads) -> Response:
    """All services, by queue, type and cause. One that is silent greys its own lines only."""
    readings = await reader.read_all(**{one: (one, "/v1/parked-events") for one in SERVICES})
    return present(request, "parked", {"services": [readings[one] for one in SERVICES], **_words()})


@router.get(f"{PATH}/export.{{form}}")
async def export_causes(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    """The same; a service that does not answer stops the export, for it would look whole."""
    lang = language(request)
    columns = _cause_columns(lang, Shown(lang, desk.clock.now()))
    readings = await reader.read_all(**{one: (one, "/v1/parked-events") for one in SERVICES})
    silent = next((one for one in readings.values() if not one.ok), None)
    rows = [row | {"service": name} for name, one in readings.items() if one.ok for row in one.data]
    return await whole_file(request, silent or Reading("sync", rows), form, "parked-causes", columns, back=PATH)


@router.get(f"{PATH}/{{service}}/{{queue}}")
async def events(request: Request, _visitor: Signed, reader: Reads, service: ServiceName, queue: str) -> Response:
    """The events of one cause, and what a person may do about them."""
    page: Params = {**_asked(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    found = await reader.read(service, _path(queue), page)
    return present(request, "parked_events", {"found": found, "service": service, "queue": queue, **_words()})


@router.get(f"{PATH}/{{service}}/{{queue}}/export.{{form}}")
async def export(
    request: Request,
    _visitor: Signed,
    desk: Desk,
    reader: Reads,
    service: ServiceName,
    queue: str,
    form: Literal["csv", "xlsx"],
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = (service, _path(queue), _asked(request))
    return await list_file(request, reader, source, form, "parked-events", columns, back=PATH)


@router.get(f"{PATH}/{{service}}/{{queue}}/{{parked_id}}")
async def event(
    request: Request, _visitor: Signed, reader: Reads, service: ServiceName, queue: str, parked_id: str
) -> Response:
    """One event without personal data; the service keeps who looked."""
    found = await reader.read(service, f"{_path(queue)}/{quote(parked_id, safe='')}")
    text = json.dumps(found.data["event"], ensure_ascii=False, indent=2) if found.ok else ""
    values = {"found": found, "text": text, "service": service, "queue": queue, "parked_id": parked_id}
    return present(request, "parked_event", {**values, **_words()})


@router.post(f"{PATH}/{{service}}/{{queue}}/try")
async def try_settlement(
    request: Request, visitor: Signed, desk: Desk, reader: Reads, service: ServiceName, queue: str
) -> Response:
    """How many events it would be; nothing is changed, and the answer asks for the last word."""
    fields = await posted(request, desk)
    body = _settlement(fields)
    tried = await reader.act(service, _path(queue), {**body, "dry_run": True}, key=new_id())
    back = safe_path(fields.get("back", PATH))
    if not tried.ok:
        return present(request, "refused", {"outcome": tried, "back": back}, status=tried.status)
    alone = body["remedy"] == "retry" and tried.data["events"] <= BULK_LIMIT
    values = {
        "service": service,
        "queue": queue,
        "body": body,
        "tried": tried.data,
        "back": back,
        "needs_another": not alone and not visitor.may("events:approve"),
        "bulk_limit": BULK_LIMIT,
    }
    return present(request, "parked_settle", {**values, **_words()})


@router.post(f"{PATH}/{{service}}/{{queue}}/settle")
async def settle(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, service: ServiceName, queue: str
) -> Response:
    """Send back, or discard."""
    fields = await posted(request, desk)
    body = _settlement(fields)
    outcome = await reader.act(service, _path(queue), body, key=key_of(fields))
    return done(request, outcome, back=PATH, note=f"parked_{'discarded' if body['remedy'] == 'discard' else 'retried'}")


def _settlement(fields: dict[str, str]) -> dict[str, Any]:
    """What a form says: the remedy and its reason; events that were ticked, or none for all of type and cause."""
    ticked = sorted(name.removeprefix("event-") for name in fields if name.startswith("event-"))
    body: dict[str, Any] = {"remedy": fields.get("remedy", "retry"), "reason": fields.get("reason", "")}
    body |= {name: fields[name] for name in ("type", "cause") if fields.get(name)}
    return body | ({"parked_ids": ticked} if ticked else {})


def _asked(request: Request) -> dict[str, str | int | None]:
    return {name: request.query_params.get(name) for name in ("type", "cause")}


def _path(queue: str) -> str:
    return f"/v1/parked-events/{quote(queue, safe='')}"


def broken_at(cause: str | None) -> str | None:
    """The field at which an event breaks its contract; `None` for the error of a handler."""
    if not cause or not cause.startswith(_READ_AGAIN):
        return None
    return cause.partition(".")[2] or "–"


def _words() -> dict[str, Any]:
    return {"broken_at": broken_at, "escaped": lambda text: quote(text, safe="")}


def _cause_columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("deliveries.service"), lambda row: word(lang, "service", row["service"])),
        (t("deliveries.queue"), lambda row: row["queue"]),
        (t("deliveries.event"), lambda row: word(lang, "event_type", row["type"])),
        (t("deliveries.cause"), lambda row: row["cause"]),
        (t("deliveries.events"), lambda row: row["events"]),
        (t("deliveries.oldest"), lambda row: show.at(row["oldest_at"])),
        (t("deliveries.newest"), lambda row: show.at(row["newest_at"])),
    ]


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("parked.parked_at"), lambda row: show.at(row["parked_at"])),
        (t("deliveries.queue"), lambda row: row["queue"]),
        (t("deliveries.event"), lambda row: word(lang, "event_type", row["type"])),
        (t("deliveries.cause"), lambda row: row["cause"]),
        (t("parked.about"), lambda row: row["about"]),
        (t("parked.number"), lambda row: row["parked_id"]),
    ]
