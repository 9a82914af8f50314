"""订阅方: who is told of changes and whether it reaches them; enter, pause, resume, test, replay, rotate, remove.

A secret is shown once, on the page that answers the form, and is kept nowhere.
"""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file, whole_file
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word

router = APIRouter()

PATH = "/subscribers"
TYPES = (
    "display.show_ordered",
    "display.hide_ordered",
    "portal.presence_observed",
    "portal.absence_observed",
    "drift.found",
    "drift.mended",
)
KINDS = ("penalty", "licence", "coercion", "award", "inspection")
STATES = ("pending", "delivered", "failed")
_PAGE = 100
_HOUR = ":00+08:00"
"""What a browser leaves out of an instant that a person types: seconds, and the zone of the law."""


@router.get(PATH)
@router.get(f"{PATH}/live")
async def subscribers(request: Request, _visitor: Signed, reader: Reads) -> Response:
    found = await reader.read("sync", "/v1/subscribers")
    return present(request, "subscribers", {"found": found, **_choices()})


@router.post(PATH)
async def enter(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    fields = await posted(request, desk)
    body = _wanted(fields) | {"signature": fields.get("signature", "v1")}
    outcome = await reader.act("sync", "/v1/subscribers", body, key=key_of(fields))
    return _secret(request, outcome)


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    found = await reader.read("sync", "/v1/subscribers")
    return await whole_file(request, found, form, "subscribers", columns, back=PATH)


@router.get(f"{PATH}/{{subscriber_id}}/export.{{form}}")
async def export_deliveries(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str, form: Literal["csv", "xlsx"]
) -> Response:
    """What it was told, the newest first."""
    lang = language(request)
    columns = _delivery_columns(lang, Shown(lang, desk.clock.now()))
    source = ("sync", f"{_path(subscriber_id)}/deliveries", {"state": request.query_params.get("state")})
    back = f"{PATH}/{quote(subscriber_id)}"
    return await list_file(request, reader, source, form, "subscriber-deliveries", columns, back=back)


@router.get(f"{PATH}/{{subscriber_id}}")
@router.get(f"{PATH}/{{subscriber_id}}/live")
async def subscriber(request: Request, _visitor: Signed, reader: Reads, subscriber_id: str) -> Response:
    path = _path(subscriber_id)
    query = request.query_params
    asked = {"state": query.get("state"), "limit": _PAGE, "cursor": query.get("cursor")}
    readings = await reader.read_all(
        one=("sync", path), deliveries=("sync", f"{path}/deliveries", asked), replays=("sync", f"{path}/replays")
    )
    return present(request, "subscriber", {**readings, **_choices(), "states": STATES, "subscriber_id": subscriber_id})


@router.get(f"{PATH}/{{subscriber_id}}/deliveries/{{sequence}}")
async def delivery(request: Request, _visitor: Signed, reader: Reads, subscriber_id: str, sequence: int) -> Response:
    """One delivery with its attempts."""
    found = await reader.read_all(
        one=("sync", _path(subscriber_id)), delivery=("sync", f"{_path(subscriber_id)}/deliveries/{sequence}")
    )
    return present(request, "subscriber_delivery", {**found, "subscriber_id": subscriber_id, "sequence": sequence})


@router.post(f"{PATH}/{{subscriber_id}}/change")
async def change(request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str) -> Response:
    """What it is told, and where, from now on."""
    fields = await posted(request, desk)
    body = _wanted(fields) | _why(fields)
    outcome = await reader.act("sync", _path(subscriber_id), body, key=key_of(fields), method="PUT")
    return done(request, outcome, back=f"{PATH}/{quote(subscriber_id)}", note="done")


@router.post(f"{PATH}/{{subscriber_id}}/switch")
async def switch(request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str) -> Response:
    """Pause or resume."""
    fields = await posted(request, desk)
    act = "resume" if fields.get("to") == "resume" else "pause"
    outcome = await reader.act("sync", f"{_path(subscriber_id)}/{act}", _why(fields), key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="done")


@router.post(f"{PATH}/{{subscriber_id}}/test")
async def test(request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str) -> Response:
    fields = await posted(request, desk)
    outcome = await reader.act("sync", f"{_path(subscriber_id)}/test", None, key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="test_sent")


@router.post(f"{PATH}/{{subscriber_id}}/replay")
async def replay(request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str) -> Response:
    """One delivery, all since an instant, or all that failed."""
    fields = await posted(request, desk)
    body: dict[str, Any] = _why(fields) | {"what": fields.get("what", "failed")}
    if body["what"] == "one":
        body["sequence"] = fields.get("sequence", "")
    if body["what"] == "since":
        body["since"] = f"{fields.get('since', '')}{_HOUR}"
    outcome = await reader.act("sync", f"{_path(subscriber_id)}/replay", body, key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="replay_asked")


@router.post(f"{PATH}/{{subscriber_id}}/rotate")
async def rotate(request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str) -> Response:
    fields = await posted(request, desk)
    body = _why(fields) | {"overlap_hours": fields.get("overlap_hours", "24")}
    outcome = await reader.act("sync", f"{_path(subscriber_id)}/rotate", body, key=key_of(fields))
    return _secret(request, outcome)


@router.post(f"{PATH}/{{subscriber_id}}/remove")
async def remove(request: Request, _visitor: Signed, desk: Desk, reader: Reads, subscriber_id: str) -> Response:
    fields = await posted(request, desk)
    path = f"{_path(subscriber_id)}?{urlencode(_why(fields))}"
    outcome = await reader.act("sync", path, None, key=key_of(fields), method="DELETE")
    return done(request, outcome, back=PATH, note="subscriber_removed")


def _secret(request: Request, outcome: Reading) -> Response:
    """The answer that holds the secret is the only page that ever does, and no browser keeps it."""
    if not outcome.ok:
        return present(request, "refused", {"outcome": outcome, "back": PATH}, status=outcome.status)
    response = present(request, "subscriber_secret", {"told": outcome.data})
    response.headers["Cache-Control"] = "no-store"
    return response


def _wanted(fields: Mapping[str, str]) -> dict[str, Any]:
    """Nothing ticked means everything."""
    return {
        "name": fields.get("name", ""),
        "url": fields.get("url", ""),
        "types": [one for one in TYPES if f"type-{one}" in fields],
        "kinds": [one for one in KINDS if f"kind-{one}" in fields],
        "regions": fields.get("regions", "").replace("，", ",").replace(",", " ").split(),
    }


def _why(fields: Mapping[str, str]) -> dict[str, str]:
    return {"reason": fields.get("reason", "")}


def _choices() -> dict[str, Any]:
    return {"types": TYPES, "kinds": KINDS}


def _path(subscriber_id: str) -> str:
    return f"/v1/subscribers/{quote(subscriber_id, safe='')}"


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("subscribers.name"), lambda row: row["name"]),
        (t("subscribers.state"), lambda row: word(lang, "subscriber", row["state"])),
        (t("subscribers.oldest"), lambda row: show.at(row["oldest_waiting_at"])),
        (t("subscribers.waiting"), lambda row: row["waiting"]),
        (t("subscribers.failed"), lambda row: row["failed"]),
        (t("subscribers.settled"), lambda row: row["settled_through"]),
        (t("subscribers.last"), lambda row: row["last_sequence"]),
        (t("overview.last_success"), lambda row: show.at(row["last_success_at"])),
        (t("subscribers.url"), lambda row: row["url"]),
    ]


def _delivery_columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("subscribers.sequence"), lambda row: row["sequence"]),
        (
            t("subscribers.type"),
            lambda row: word(lang, "told", row["type"]) if row["type"] else t("subscribers.test_event"),
        ),
        (t("overview.portal"), lambda row: word(lang, "portal", row["portal"]) if row["portal"] else ""),
        (t("consistency.record"), lambda row: row["record_id"]),
        (t("subscribers.state"), lambda row: word(lang, "delivery", row["state"])),
        (t("subscribers.attempts"), lambda row: row["attempts"]),
        (t("subscribers.stored"), lambda row: show.at(row["stored_at"])),
        (t("subscribers.ended"), lambda row: show.at(row["ended_at"])),
    ]
