"""执行督办: penalties that left the public unperformed, what clerks state of performance, and how tasks are closed."""

import re
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.texts import Lang, translate, word
from shared.errors import MALFORMED, Problem

router = APIRouter()

PATH = "/enforcement"
STANDINGS = ("open", "closed", "unperformed", "performed")
STATEMENTS = ("unperformed", "performed")
OUTCOMES = ("performed", "enforced", "terminated")
CITIES = tuple(f"32{number:02d}00" for number in range(1, 14))
MOST = 100
"""Records that a person pastes at once; a field of a form holds no more."""
_PAGE = 100
_SERVICE = "/v1/performances"


@router.get(PATH)
@router.get(f"{PATH}/live")
async def tasks(request: Request, _visitor: Signed, reader: Reads) -> Response:
    asked = {**_filters(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    values = {
        "tasks": await reader.read("disclosure", _SERVICE, asked),
        "standing": _filters(request)["standing"],
        "standings": STANDINGS,
        "statements": STATEMENTS,
        "cities": CITIES,
    }
    return present(request, "enforcement", values)


@router.get(f"{PATH}/export.{{form}}")
async def export(request: Request, _visitor: Signed, reader: Reads, form: Literal["csv", "xlsx"]) -> Response:
    source = ("disclosure", _SERVICE, _filters(request))
    return await list_file(request, reader, source, form, "enforcement", _columns(language(request)), back=PATH)


@router.post(PATH)
async def state_many(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Several records with one statement; what was refused is named with its reason."""
    fields = await posted(request, desk)
    given = {"statement": fields.get("statement", ""), "on": fields.get("on", "")}
    records = [{"record_id": one, **given} for one in pasted(fields.get("records", ""))]
    body = {"records": records, "reason": fields.get("reason", "")}
    outcome = await reader.act("disclosure", _SERVICE, body, key=key_of(fields))
    if outcome.ok and any(one["refusal"] for one in outcome.data["items"]):
        return present(request, "enforcement_results", {"results": outcome.data["items"]})
    return done(request, outcome, back=fields.get("back", PATH), note="performance_stated")


@router.get(f"{PATH}/{{record_id}}")
@router.get(f"{PATH}/{{record_id}}/live")
async def one(request: Request, _visitor: Signed, reader: Reads, record_id: str) -> Response:
    found = await reader.read("disclosure", f"{_SERVICE}/{record_id[:32]}")
    named = {} if found.ok else (await names_of(reader, [record_id[:32]])).get(record_id[:32]) or {}
    values = {"found": found, "named": named, "statements": STATEMENTS, "outcomes": OUTCOMES}
    return present(request, "enforcement_task", {**values, "record_id": record_id[:32]})


@router.post(f"{PATH}/{{record_id}}")
async def state(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    fields = await posted(request, desk)
    body = {name: fields.get(name, "") for name in ("statement", "on", "reason")}
    path = f"{_SERVICE}/{record_id[:32]}"
    outcome = await reader.act("disclosure", path, body, key=key_of(fields), method="PUT")
    return done(request, outcome, back=f"{PATH}/{record_id[:32]}", note="performance_stated")


@router.post(f"{PATH}/{{record_id}}/closing")
async def close(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    fields = await posted(request, desk)
    body = {name: fields.get(name, "") for name in ("outcome", "on", "reason")}
    outcome = await reader.act("disclosure", f"{_SERVICE}/{record_id[:32]}/closing", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{record_id[:32]}", note="task_closed")


def pasted(text: str) -> list[str]:
    """The identifiers in a pasted text, each once: lines, commas and whole addresses of records are all right."""
    found = list(dict.fromkeys(re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text.lower())))
    if not 1 <= len(found) <= MOST:
        raise Problem(MALFORMED, f"Give the identifiers of 1 to {MOST} records, one a line.")
    return found


def _filters(request: Request) -> dict[str, str | None]:
    query = request.query_params
    return {"standing": query.get("standing") or STANDINGS[0], "region": query.get("region")}


def _columns(lang: Lang) -> list[Column]:
    t = translate(lang)

    def plain(name: str) -> Column:
        return t(f"enforcement.{name}"), lambda row: row[name]

    def worded(name: str, group: str) -> Column:
        return t(f"enforcement.{name}"), lambda row: word(lang, group, row[name]) if row[name] else ""

    names = ("document_number", "subject_name", "subject_key", "region", "authority", "decided_on", "offline_on")
    columns: list[Any] = [plain(name) for name in names]
    columns += [worded("standing", "standing"), worded("outcome", "enforced"), plain("on"), plain("reason")]
    return [*columns, plain("actor"), plain("record_id")]
