"""投递: what was sent and what failed, what waits for people by cause, and the hand that sends it again safely."""

from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.page import language, present, safe_path
from services.sync.dashboard.pages.parked import SERVICES, broken_at
from services.sync.dashboard.reading import Params
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.ids import new_id
from shared.vocabulary import Portal

router = APIRouter()

PATH = "/deliveries"
PORTALS = tuple(map(str, Portal))
OUTCOMES = ("taken", "pending", "refused", "uncertain", "not_sent")
KNOWN_CAUSES = ("skipped", "unreadable", "adapter_failed", "not_obeyed")
BULK_LIMIT = 50
"""The service refuses more to one operator; the page says so beforehand."""
_PAGE = 100
Form = Literal["csv", "xlsx"]
_FILTERS = ("portal", "outcome", "failed", "code", "take_down", "q", "hours")


@router.get(PATH)
@router.get(f"{PATH}/live")
async def deliveries(request: Request, _visitor: Signed, reader: Reads) -> Response:
    page = {**_asked(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(
        attempts=("sync", "/v1/push-attempts", page),
        problems=("sync", "/v1/push-problems"),
        channels=("sync", "/v1/channels"),
        health=("sync", "/v1/portal-health"),
        **{f"parked_{one}": (one, "/v1/parked-events") for one in SERVICES},
        dead=("sync", "/v1/dead-letters/counts"),
    )
    parked = [readings[f"parked_{one}"] for one in SERVICES]
    return present(request, "deliveries", {**readings, **_words(), "outcomes": OUTCOMES, "parked": parked})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = ("sync", "/v1/push-attempts", _asked(request))
    return await list_file(request, reader, source, form, "deliveries", columns, back=PATH)


@router.get(f"{PATH}/problems/{{portal}}/{{cause}}")
async def problem(request: Request, _visitor: Signed, reader: Reads, portal: str, cause: str) -> Response:
    """The orders of one cause, and what a person may do about them."""
    page: Params = {"limit": _PAGE, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(
        orders=("sync", _problem_path(portal, cause), page), problems=("sync", "/v1/push-problems")
    )
    known = readings["problems"].data if readings["problems"].ok else []
    group = next((one for one in known if (one["portal"], one["cause"]) == (portal, cause)), None)
    return present(
        request, "delivery_problem", {**readings, **_words(), "portal": portal, "cause": cause, "group": group}
    )


@router.get(f"{PATH}/problems/{{portal}}/{{cause}}/export.{{form}}")
async def export_problem(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, portal: str, cause: str, form: Form
) -> Response:
    """The orders of one cause."""
    lang = language(request)
    columns = _order_columns(lang, Shown(lang, desk.clock.now()))
    source: tuple[str, str, Params] = ("sync", _problem_path(portal, cause), {})
    return await list_file(request, reader, source, form, f"orders-{portal}", columns, back=PATH)


@router.post(f"{PATH}/problems/{{portal}}/{{cause}}/try")
async def try_settlement(
    request: Request, visitor: Signed, desk: Desk, reader: Reads, portal: str, cause: str
) -> Response:
    """How many orders it would be, and which way; nothing is changed, and the answer asks for the last word."""
    fields = await posted(request, desk)
    body = _settlement(fields)
    tried = await reader.act("sync", _problem_path(portal, cause), {**body, "dry_run": True}, key=new_id())
    back = safe_path(fields.get("back", PATH))
    if not tried.ok:
        return present(request, "refused", {"outcome": tried, "back": back}, status=tried.status)
    values = _words() | {
        "portal": portal,
        "cause": cause,
        "body": body,
        "tried": tried.data,
        "back": back,
        "needs_another": tried.data["orders"] > BULK_LIMIT and not visitor.may("sync:approve"),
        "bulk_limit": BULK_LIMIT,
    }
    return present(request, "delivery_settle", values)


@router.post(f"{PATH}/problems/{{portal}}/{{cause}}/settle")
async def settle(request: Request, _visitor: Signed, desk: Desk, reader: Reads, portal: str, cause: str) -> Response:
    """Retry, set aside or amend."""
    fields = await posted(request, desk)
    outcome = await reader.act("sync", _problem_path(portal, cause), _settlement(fields), key=key_of(fields))
    return done(request, outcome, back=PATH, note="orders_settled")


@router.post(f"{PATH}/channels")
async def switch(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Stop the orders to a portal, or start them again."""
    fields = await posted(request, desk)
    body = {"to": fields.get("to", ""), "reason": fields.get("reason", "")}
    outcome = await reader.act(
        "sync", f"/v1/channels/{quote(fields.get('portal', ''), safe='')}", body, key=key_of(fields)
    )
    return done(request, outcome, back=PATH, note="channel_switched")


@router.get(f"{PATH}/orders/{{portal}}/{{record_id}}")
@router.get(f"{PATH}/orders/{{portal}}/{{record_id}}/live")
async def order(request: Request, _visitor: Signed, reader: Reads, portal: str, record_id: str) -> Response:
    """Every attempt for one record on one portal, and how the record stands on the others."""
    asked: Params = {
        "record_id": record_id,
        "portal": portal,
        "limit": _PAGE,
        "cursor": request.query_params.get("cursor"),
    }
    readings = await reader.read_all(
        attempts=("sync", "/v1/push-attempts", asked),
        placements=("sync", f"/v1/records/{quote(record_id, safe='')}/placements"),
    )
    return present(request, "delivery_order", {**readings, **_words(), "portal": portal, "record_id": record_id})


@router.get(f"{PATH}/orders/{{portal}}/{{record_id}}/export.{{form}}")
async def export_order(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, portal: str, record_id: str, form: Form
) -> Response:
    """Every attempt for one record on one portal."""
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source: tuple[str, str, Params] = ("sync", "/v1/push-attempts", {"record_id": record_id, "portal": portal})
    return await list_file(request, reader, source, form, f"attempts-{portal}", columns, back=PATH)


def _settlement(fields: dict[str, str]) -> dict[str, Any]:
    """What a form says: the remedy and its reason; records that were ticked, each with the generation that the page
    showed, or none for all; amended words."""
    ticked = {name.removeprefix("record-"): _seen(fields[name]) for name in fields if name.startswith("record-")}
    body: dict[str, Any] = {"remedy": fields.get("remedy", "retry"), "reason": fields.get("reason", "")}
    if ticked:
        body |= {"record_ids": sorted(ticked), "generations": ticked}
    if fields.get("field"):
        body["fields"] = {fields["field"]: fields.get("words", "")}
    return body


def _seen(generation: str) -> int:
    """The generation that a form names; that of no order when it names none, so that the page is read anew."""
    return int(generation) if generation.isdecimal() and len(generation) < 10 else 0


def _problem_path(portal: str, cause: str) -> str:
    return f"/v1/push-problems/{quote(portal, safe='')}/{quote(cause, safe='')}"


def _asked(request: Request) -> dict[str, str | int | None]:
    """The filters of the address; a search of one character is none."""
    given = {name: request.query_params.get(name) for name in _FILTERS}
    return {**given, "q": given["q"] if given["q"] and len(given["q"]) > 1 else None}


def _words() -> dict[str, Any]:
    return {
        "portals": PORTALS,
        "advice_of": lambda cause: cause if cause in KNOWN_CAUSES else "refused",
        "escaped": lambda text: quote(text, safe=""),
        "broken_at": broken_at,
    }


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("deliveries.time"), lambda row: show.at(row["attempted_at"])),
        (t("overview.portal"), lambda row: word(lang, "portal", row["portal"])),
        (t("deliveries.way"), lambda row: word(lang, "way", row["take_down"])),
        (t("consistency.document"), lambda row: row["document_number"]),
        (t("consistency.subject"), lambda row: row["subject_name"]),
        (t("deliveries.result"), lambda row: word(lang, "outcome", row["outcome"])),
        (t("deliveries.code"), lambda row: row["code"]),
        (t("deliveries.number"), lambda row: row["number"]),
        (t("deliveries.seconds"), lambda row: round(row["seconds"], 3)),
        (t("deliveries.message"), lambda row: row["message"]),
        (t("deliveries.idempotency_key"), lambda row: row["idempotency_key"]),
        (t("consistency.record"), lambda row: row["of_record"]),
    ]


def _order_columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("consistency.document"), lambda row: row["document_number"]),
        (t("consistency.subject"), lambda row: row["subject_name"]),
        (t("deliveries.way"), lambda row: word(lang, "way", row["wanted"] == "offline")),
        (t("deliveries.since"), lambda row: show.at(row["wanted_at"])),
        (t("deliveries.due"), lambda row: show.at(row["due_at"])),
        (t("deliveries.observed"), lambda row: word(lang, "observed", row["observed"]) if row["observed"] else ""),
        (t("deliveries.message"), lambda row: row["refusal"]),
        (t("consistency.record"), lambda row: row["former_of"] or row["record_id"]),
    ]
