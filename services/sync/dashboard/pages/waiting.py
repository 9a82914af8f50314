"""人工确认与审慎公示: records that wait for a person's word, and the page on which he gives it."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.law_words import named_law, standings
from services.sync.dashboard.page import language, present
from services.sync.dashboard.texts import Lang, translate, word

router = APIRouter()

PATH = "/confirmations"
APPROVALS = "/approvals"
PENALTY_TYPES = (
    "warning",
    "public_criticism",
    "fine",
    "confiscation_of_gains",
    "confiscation_of_goods",
    "licence_suspension",
    "qualification_downgrade",
    "licence_revocation",
    "restriction_of_operations",
    "suspension_of_business",
    "closure",
    "restriction_of_occupation",
    "detention",
    "other",
)
_YES_NO = ("accident_related", "secret", "subject_under_18")
_TEXTS = ("severity", "procedure", "fine", "valid_until", "authority_region")
_PAGE = 100


@router.get(PATH)
@router.get(f"{PATH}/live")
async def confirmations(request: Request, _visitor: Signed, reader: Reads) -> Response:
    return await _list(request, reader, "confirmations")


@router.get(APPROVALS)
@router.get(f"{APPROVALS}/live")
async def approvals(request: Request, _visitor: Signed, reader: Reads) -> Response:
    return await _list(request, reader, "approvals")


async def _list(request: Request, reader: Reads, queue: str) -> Response:
    asked = {"lang": language(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(waiting=("disclosure", f"/v1/{queue}", asked), policy=("disclosure", "/v1/policy"))
    values = {"queue": queue, "named": named_law(readings["policy"], language(request)), "standings": standings}
    return present(request, "confirmations", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export_confirmations(
    request: Request, _visitor: Signed, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    return await _export(request, reader, "confirmations", form)


@router.get(f"{APPROVALS}/export.{{form}}")
async def export_approvals(request: Request, _visitor: Signed, reader: Reads, form: Literal["csv", "xlsx"]) -> Response:
    return await _export(request, reader, "approvals", form)


async def _export(request: Request, reader: Reads, queue: str, form: str) -> Response:
    lang = language(request)
    source = ("disclosure", f"/v1/{queue}", {"lang": lang})
    return await list_file(request, reader, source, form, queue, _columns(lang), back=f"/{queue}")


@router.get(f"{PATH}/{{record_id}}")
async def one(request: Request, _visitor: Signed, reader: Reads, record_id: str) -> Response:
    readings = await reader.read_all(
        publications=("disclosure", f"/v1/records/{record_id[:32]}/publications", {"lang": language(request)}),
        record=("ingest", f"/v1/records/{record_id[:32]}"),
        policy=("disclosure", "/v1/policy"),
    )
    named = named_law(readings["policy"], language(request))
    values = {"record_id": record_id[:32], "penalty_types": PENALTY_TYPES, "yes_no": _YES_NO, "named": named}
    return present(request, "confirmation", {**readings, **values})


@router.post(f"{PATH}/{{record_id}}")
async def confirm(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    """State the facts that were filled in, and no others."""
    fields = await posted(request, desk)
    path = f"/v1/confirmations/{record_id[:32]}"
    outcome = await reader.act("disclosure", path, stated(fields), key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{record_id[:32]}", note="confirmed")


@router.post(f"{APPROVALS}/{{record_id}}")
async def approve(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    """审慎适度: allow the display of a record, or refuse it."""
    fields = await posted(request, desk)
    body = {"approved": fields.get("approved") == "yes", "reason": fields.get("reason", "")}
    outcome = await reader.act("disclosure", f"/v1/approvals/{record_id[:32]}", body, key=key_of(fields))
    return done(request, outcome, back=APPROVALS, note="done")


def stated(fields: dict[str, str]) -> dict[str, Any]:
    """What a person filled in as the facts that disclosure takes."""
    body: dict[str, Any] = {"reason": fields.get("reason", "")}
    body |= {name: fields[name] for name in _TEXTS if fields.get(name)}
    body |= {name: fields[name] == "yes" for name in _YES_NO if fields.get(name)}
    types = [one for one in PENALTY_TYPES if fields.get(f"type.{one}")]
    body |= {"penalty_types": types} if types else {}
    situations = sorted(name.removeprefix("situation.") for name in fields if name.startswith("situation."))
    body |= {"list_conditions": situations} if situations else {}
    return body


def _columns(lang: Lang) -> list[Column]:
    t = translate(lang)
    return [
        (t("confirmations.document"), lambda row: row["document_number"]),
        (t("confirmations.subject"), lambda row: row["subject_name"]),
        (t("confirmations.region"), lambda row: row["region"]),
        (t("confirmations.decided_on"), lambda row: row["decided_on"]),
        (t("confirmations.confirm_by"), first_day),
        (
            t("confirmations.severity"),
            lambda row: "; ".join(
                f"{word(lang, 'audience', one['audience'])}: {word(lang, 'severity', one['severity'] or '-')}"
                for one in row["publications"]
            ),
        ),
        (t("confirmations.record"), lambda row: row["record_id"]),
    ]


def first_day(row: Any) -> str | None:
    """The earliest day after which a graver class cannot be confirmed any more."""
    days = [one["confirm_by"] for one in row["publications"] if one["confirm_by"]]
    return min(days) if days else None
