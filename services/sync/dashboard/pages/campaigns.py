"""清理退出专项行动: lists of the campaign, how far each city is, what can be cleared at once, and whom to guide."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file, passed_on
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reader, Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, Translate, translate, word

router = APIRouter()

PATH = "/campaigns"
GROUPS = ("abnormal", "overdue", "repairable", "running", "left")
CLEARINGS = ("abnormal", "grave", "overdue")
CHANNELS = ("phone", "letter", "visit", "meeting", "message")
OUTCOMES = ("not_reached", "informed", "will_apply", "applied", "declined")
MAP: tuple[tuple[str | None, ...], ...] = (
    ("320300", None, "320700", None, None),
    (None, "321300", "320800", "320900", None),
    (None, "321000", "321200", "320600", None),
    ("320100", "321100", "320400", "320200", "320500"),
)
"""The thirteen cities roughly as they lie: north above, the sea to the right."""
_HALF = 0.5
_PAGE = 100


@router.get(PATH)
@router.get(f"{PATH}/live")
async def campaigns(request: Request, _visitor: Signed, reader: Reads) -> Response:
    asked = {"limit": _PAGE, "cursor": request.query_params.get("cursor")}
    return present(request, "campaigns", {"campaigns": await reader.read("disclosure", "/v1/campaigns", asked)})


@router.post(PATH)
async def form_list(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    fields = await posted(request, desk)
    body = {name: fields[name] for name in ("title", "decided_from", "decided_to", "reason") if fields.get(name)}
    outcome = await reader.act("disclosure", "/v1/campaigns", body, key=key_of(fields))
    back = f"{PATH}/{outcome.data['campaign_id']}" if outcome.ok else PATH
    return done(request, outcome, back=back, note="campaign_formed")


@router.get(f"{PATH}/export.{{form}}")
async def export_lists(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    """The lists that were formed, without what is in them."""
    lang = language(request)
    columns = _list_columns(translate(lang), Shown(lang, desk.clock.now()))
    return await list_file(request, reader, ("disclosure", "/v1/campaigns", {}), form, "campaigns", columns, back=PATH)


@router.get(f"{PATH}/{{campaign_id}}")
async def campaign(request: Request, _visitor: Signed, reader: Reads, campaign_id: str) -> Response:
    """Counted when the page is opened and not again: half a second of the database for 333,000 records of a list."""
    path = _path(campaign_id)
    readings = await reader.read_all(found=("disclosure", path), progress=("disclosure", f"{path}/progress"))
    values = {
        "campaign_id": campaign_id[:32],
        "groups": GROUPS,
        "map": MAP,
        "cities": cities(readings["progress"]),
        "previews": await _previews(reader, path) if readings["found"].ok else [],
    }
    return present(request, "campaign", {**readings, **values})


@router.get(f"{PATH}/{{campaign_id}}/subjects")
async def subjects(request: Request, _visitor: Signed, reader: Reads, campaign_id: str) -> Response:
    return await _sublist(request, reader, campaign_id, "subjects", {"group": request.query_params.get("group")})


@router.get(f"{PATH}/{{campaign_id}}/guidance")
async def guidance(request: Request, _visitor: Signed, reader: Reads, campaign_id: str) -> Response:
    """Whom to contact, and what came of it."""
    return await _sublist(request, reader, campaign_id, "guidance", {})


@router.get(f"{PATH}/{{campaign_id}}/contacts")
async def contacts(request: Request, _visitor: Signed, reader: Reads, campaign_id: str, subject_key: str) -> Response:
    """The contacts with one subject, and the form that logs one."""
    return await _sublist(request, reader, campaign_id, "contacts", {"subject_key": subject_key})


@router.get(f"{PATH}/{{campaign_id}}/exit-list")
async def exit_list(request: Request, _visitor: Signed, reader: Reads, campaign_id: str) -> Response:
    return await _sublist(request, reader, campaign_id, "exit-list", {})


@router.get(f"{PATH}/{{campaign_id}}/exit-list.xlsx")
async def exit_sheet(request: Request, _visitor: Signed, reader: Reads, campaign_id: str) -> Response:
    """The sheet for the 发改委 as disclosure writes it."""
    outcome = await reader.file("disclosure", f"{_path(campaign_id)}/exit-list.xlsx")
    return passed_on(request, outcome, back=f"{PATH}/{campaign_id[:32]}")


@router.get(f"{PATH}/{{campaign_id}}/{{part}}/export.{{form}}")
async def export(
    request: Request,
    _visitor: Signed,
    reader: Reads,
    campaign_id: str,
    part: Literal["subjects", "guidance", "exit-list"],
    form: Literal["csv", "xlsx"],
) -> Response:
    asked = {"group": request.query_params.get("group")} if part == "subjects" else {}
    lang = language(request)
    source = ("disclosure", f"{_path(campaign_id)}/{part}", asked)
    return await list_file(request, reader, source, form, part, _columns(lang, part), back=f"{PATH}/{campaign_id[:32]}")


@router.post(f"{PATH}/{{campaign_id}}/take-downs")
async def take_down(request: Request, _visitor: Signed, desk: Desk, reader: Reads, campaign_id: str) -> Response:
    """Approve the batch whose preview stood on the page: its digest says which."""
    fields = await posted(request, desk)
    body = {
        "what": fields.get("what", ""),
        "digest": fields.get("digest", ""),
        "explanation": fields.get("reason", ""),
    }
    outcome = await reader.act("disclosure", f"{_path(campaign_id)}/take-downs", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{campaign_id[:32]}", note="taken_down")


@router.post(f"{PATH}/{{campaign_id}}/contacts")
async def log_contact(request: Request, _visitor: Signed, desk: Desk, reader: Reads, campaign_id: str) -> Response:
    fields = await posted(request, desk)
    names = ("subject_key", "contacted_on", "channel", "outcome", "note")
    body = {name: fields.get(name, "") for name in names}
    outcome = await reader.act("disclosure", f"{_path(campaign_id)}/contacts", body, key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="contact_logged")


def cities(progress: Reading) -> dict[str, dict[str, Any]]:
    """Progress added up by city, with the state that its word and symbol come from."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in progress.data if progress.ok else []:
        of_city = sums[f"{one['region'][:4]}00"]
        of_city[0] += one["total"]
        of_city[1] += one["done"]
    return {
        city: {"total": total, "done": gone, "state": state_of(total, gone)} for city, (total, gone) in sums.items()
    }


def state_of(total: int, gone: int) -> str:
    """How far a region is, in one of four words."""
    if gone >= total:
        return "cleared"
    if gone == 0:
        return "not_begun"
    return "more_than_half" if gone / total >= _HALF else "begun"


async def _previews(reader: Reader, path: str) -> list[Reading]:
    return await asyncio.gather(*(reader.read("disclosure", f"{path}/preview", {"what": one}) for one in CLEARINGS))


async def _sublist(
    request: Request, reader: Reader, campaign_id: str, part: str, asked: dict[str, str | None]
) -> Response:
    path = _path(campaign_id)
    page = {"limit": _PAGE, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(
        found=("disclosure", path), rows=("disclosure", f"{path}/{part}", {**asked, **page})
    )
    values = {
        "campaign_id": campaign_id[:32],
        "part": part,
        "groups": GROUPS,
        "channels": CHANNELS,
        "outcomes": OUTCOMES,
    }
    return present(request, "campaign_list", {**readings, **values})


def _path(campaign_id: str) -> str:
    return f"/v1/campaigns/{campaign_id[:32]}"


def _columns(lang: Lang, part: str) -> list[Column]:
    t = translate(lang)
    names: dict[str, tuple[str, ...]] = {
        "subjects": ("subject_key", "subject_name", "records", "first_decided_on", "last_decided_on"),
        "guidance": (
            "subject_key",
            "subject_name",
            "records",
            "repair_from_on",
            "closes_on",
            "contacted_on",
            "outcome",
        ),
        "exit-list": (
            "subject_key",
            "subject_name",
            "region",
            "records",
            "last_decided_on",
            "last_shown_on",
            "grounds",
        ),
    }

    def column(name: str) -> Column:
        if name == "outcome":
            return t("campaigns.outcome"), lambda row: word(lang, "outcome", row["outcome"]) if row["outcome"] else ""
        if name == "grounds":
            return t("campaigns.grounds"), lambda row: _grounds(lang, row["grounds"])
        return t(f"campaigns.{name}"), lambda row: row[name]

    return [column(name) for name in names[part]]


def _grounds(lang: Lang, grounds: Mapping[str, int]) -> str:
    return "; ".join(f"{word(lang, 'bucket', name)} {number}" for name, number in grounds.items())


def _list_columns(t: Translate, show: Shown) -> list[Column]:
    return [
        (t("campaigns.title"), lambda row: row["title"]),
        (t("campaigns.from"), lambda row: row["decided_from"]),
        (t("campaigns.to"), lambda row: row["decided_to"]),
        (t("campaigns.formed"), lambda row: show.at(row["formed_at"])),
        (t("campaigns.formed_by"), lambda row: row["formed_by"]),
        (t("common.reason"), lambda row: row["reason"]),
    ]
