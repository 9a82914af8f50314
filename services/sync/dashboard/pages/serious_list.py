"""严重失信主体名单: all entries with what runs, one entry with its steps and deadlines, and the next step."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, translate, word

router = APIRouter()

PATH = "/serious-list"
STATES = (
    "notified",
    "heard",
    "decided",
    "listed",
    "removal_applied",
    "removal_accepted",
    "dropped",
    "removed_early",
    "expired",
    "withdrawn",
)
NEXT: Mapping[str, tuple[str, ...]] = {
    "notified": ("hear", "waive", "serve_notice"),
    "heard": ("decide", "drop", "serve_notice"),
    "decided": ("list", "withdraw"),
    "listed": ("confirm_review", "apply_removal", "re_enter", "withdraw"),
    "removal_applied": ("accept_removal", "decline_removal", "withdraw"),
    "removal_accepted": ("approve_removal", "refuse_removal", "withdraw"),
    "removed_early": ("revoke_removal",),
    "expired": ("re_enter",),
}
"""Which steps are offered in a state; whether one is lawful on its day says disclosure."""
NOTICE = ("facts", "basis", "rights", "term", "measures")
CONDITIONS = ("obligations_fulfilled", "effects_removed", "no_new_situation")
SUBJECTS = ("legal_person", "sole_trader", "natural_person")
ROLES = ("legal_representative", "principal", "responsible", "subject")
PEOPLE = 3
DAYS_OF_EARLIER = ("listed_on", "published_on", "ban_until", "applied_for_listing_on", "previously_published_on")
_PAGE = 100
_FILTERS = ("state", "unreviewed", "closing_by")
"""The last two come from the overview; the page says them and leads back to all."""


@router.get(PATH)
@router.get(f"{PATH}/live")
async def entries(request: Request, _visitor: Signed, reader: Reads) -> Response:
    asked = {**_asked(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(
        entries=("disclosure", "/v1/serious-list", asked), policy=("disclosure", "/v1/policy")
    )
    values = {"states": STATES, "situations": situations_of(readings["policy"])}
    return present(request, "serious_list", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(request: Request, _visitor: Signed, reader: Reads, form: Literal["csv", "xlsx"]) -> Response:
    lang = language(request)
    source = ("disclosure", "/v1/serious-list", _asked(request))
    return await list_file(request, reader, source, form, "serious-list", _columns(lang), back=PATH)


@router.get(f"{PATH}/new")
async def new(request: Request, _visitor: Signed, reader: Reads) -> Response:
    """The forms that begin an entry: the prior notice, or the registration of one that was listed before."""
    policy = await reader.read("disclosure", "/v1/policy")
    values = {
        "policy": policy,
        "lists": serious_lists(policy),
        "notice": NOTICE,
        "subjects": SUBJECTS,
        "roles": ROLES,
        "people": PEOPLE,
    }
    return present(request, "serious_new", values)


@router.post(PATH)
async def serve_notice(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    fields = await posted(request, desk)
    body = {**candidate(fields), "notice": _given(fields, "notice", NOTICE)}
    outcome = await reader.act("disclosure", "/v1/serious-list", body, key=key_of(fields))
    back = f"{PATH}/{outcome.data['entry_id']}" if outcome.ok else f"{PATH}/new"
    return done(request, outcome, back=back, note="list_step_taken")


@router.post(f"{PATH}/registrations")
async def register(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """登记既有名单信息: an entry that was on the list before this system knew of it."""
    fields = await posted(request, desk)
    days = {name: fields.get(name) or None for name in DAYS_OF_EARLIER}
    body = {**candidate(fields), **days, "document_number": fields.get("document_number", "")}
    outcome = await reader.act("disclosure", "/v1/serious-list/registrations", body, key=key_of(fields))
    back = f"{PATH}/{outcome.data['entry_id']}" if outcome.ok else f"{PATH}/new"
    return done(request, outcome, back=back, note="list_step_taken")


@router.get(f"{PATH}/{{entry_id}}")
@router.get(f"{PATH}/{{entry_id}}/live")
async def entry(request: Request, _visitor: Signed, reader: Reads, entry_id: str) -> Response:
    readings = await reader.read_all(
        found=("disclosure", f"/v1/serious-list/{entry_id[:32]}", {"lang": language(request)}),
        policy=("disclosure", "/v1/policy"),
    )
    found = readings["found"]
    values = {
        "next_steps": _next(found.data) if found.ok else (),
        "notice": NOTICE,
        "conditions": CONDITIONS,
        "lists": serious_lists(readings["policy"]),
        "situations": situations_of(readings["policy"]),
    }
    return present(request, "serious_entry", {**readings, **values})


@router.post(f"{PATH}/{{entry_id}}/steps")
async def step(request: Request, _visitor: Signed, desk: Desk, reader: Reads, entry_id: str) -> Response:
    """Take one step on the version of the entry that stood on the page."""
    fields = await posted(request, desk)
    back = f"{PATH}/{entry_id[:32]}"
    outcome = await reader.act("disclosure", f"/v1{back}/steps", step_body(fields), key=key_of(fields))
    return done(request, outcome, back=back, note="list_step_taken")


def step_body(fields: Mapping[str, str]) -> dict[str, Any]:
    """What a step brings along, by its action."""
    action, version = fields.get("action", ""), fields.get("version", "")
    body: dict[str, Any] = {
        "action": action,
        "version": int(version) if version.isdecimal() else 0,
        "reason": fields.get("reason", ""),
    }
    if action == "serve_notice":
        body["notice"] = _given(fields, "notice", NOTICE)
    elif action == "decide":
        body |= {
            "document_number": fields.get("document_number", ""),
            "ban_until": fields.get("ban_until") or None,
        }
    elif action == "re_enter":
        body |= {name: fields.get(name, "") for name in ("applied_for_listing_on", "situation")}
    elif action == "approve_removal":
        body["conditions"] = [one for one in CONDITIONS if fields.get(f"condition.{one}")]
    return body


def candidate(fields: Mapping[str, str]) -> dict[str, Any]:
    """Whom an entry is about, by whom and for which situation, as the forms of a new entry give it."""
    people = [
        {
            "role": fields.get(f"role.{at}", ROLES[0]),
            "name": fields[f"name.{at}"],
            "id_number": fields.get(f"number.{at}", ""),
        }
        for at in range(PEOPLE)
        if fields.get(f"name.{at}")
    ]
    return {
        "subject": {
            "kind": fields.get("kind", ""),
            "name": fields.get("subject", ""),
            "uscc": fields.get("uscc") or None,
            "address": fields.get("address") or None,
        },
        "people": people,
        "authority": {name: fields.get(f"authority.{name}", "") for name in ("code", "name", "region")},
        "situation": fields.get("situation", ""),
        "record_id": fields.get("record_id") or None,
        "reason": fields.get("reason", ""),
    }


def serious_lists(policy: Reading) -> list[Any]:
    """The lists of the law whose situations lead to the serious list, the newest first."""
    found = [one for one in policy.data["lists"] if one["is_serious_list"]] if policy.ok else []
    return sorted(found, key=lambda one: str(one["effective_from"]), reverse=True)


def situations_of(policy: Reading) -> dict[str, str]:
    """What each situation of the lists is called; nothing when that is not to be had."""
    return {code: words for one in serious_lists(policy) for code, words in one["situations"].items()}


def _asked(request: Request) -> dict[str, str | int | None]:
    return {name: request.query_params.get(name) for name in _FILTERS}


def _next(found: Mapping[str, Any]) -> tuple[str, ...]:
    offered = NEXT.get(found["state"], ())
    return tuple(one for one in offered if one != "confirm_review" or not found["reviewed"])


def _given(fields: Mapping[str, str], prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name: fields[f"{prefix}.{name}"] for name in names if fields.get(f"{prefix}.{name}")}


def _columns(lang: Lang) -> list[Column]:
    t = translate(lang)
    return [
        (t("serious.subject"), lambda row: row["subject_name"]),
        (t("serious.uscc"), lambda row: row["uscc"]),
        (t("serious.state"), lambda row: word(lang, "entry", row["state"])),
        (t("serious.situation"), lambda row: row["situation"]),
        (t("serious.starts_on"), lambda row: row["starts_on"]),
        (t("serious.closes_on"), lambda row: row["closes_on"]),
        (t("serious.early_from"), lambda row: row["early_removal_from_on"]),
        (
            t("serious.duties"),
            lambda row: "; ".join(f"{word(lang, 'duty', one['deadline'])} {one['last_day']}" for one in row["duties"]),
        ),
        (t("serious.authority"), lambda row: row["authority_code"]),
    ]
