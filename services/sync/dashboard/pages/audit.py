"""留痕: who did what to what, why and when, of all four services together, and the signed head of each log.

Identifiers grow with time in every service, so that one of them is the place of a page in all four logs.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import ROWS_A_PAGE, Column, PageOf, pages_file
from services.sync.dashboard.page import language, present
from services.sync.dashboard.pages.records import PORTALS
from services.sync.dashboard.reading import Reader, Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, catalogue, translate, word
from services.sync.dashboard.totals import Total, TotalOf, counting, total_in
from shared.vocabulary import RecordKind
from shared.web.pagination import encoded

router = APIRouter()

PATH = "/audit"
SERVICES = ("ingest", "disclosure", "repair", "sync")
_PAGE = 100
_AUDIT = "/v1/audit"
_MIDNIGHT = "T00:00:00+08:00"
_WORDS = "words.deed-"
_SUBJECTS = (
    ("audit.revision", re.compile(r"(?:law )?revision (?P<n>\d+)")),
    ("audit.records", re.compile(r"(?P<n>\d+) records")),
    ("audit.papers", re.compile(r"(?P<n>\d+) papers")),
    ("audit.commitments", re.compile(r"(?P<n>\d+) commitments")),
    ("audit.limits", re.compile(r"(?P<n>\d+) limits")),
    ("audit.applications", re.compile(r"(?P<n>\d+) applications")),
    ("audit.reminders", re.compile(r"(?P<n>\d+) reminders")),
    ("audit.all_reminders", re.compile("reminders")),
    ("audit.portals", re.compile("portals")),
    ("audit.subject_statuses", re.compile("subject-statuses")),
)
"""What the services name when they acted on several things at once."""
_GROUPS = {
    "*": {"kind": "kind", "portal": "portal", "mode": "mode", "method": "method", "about": "about"},
    "reconciliation": {"state": "run"},
    "repair": {"step": "step", "from": "application", "to": "application"},
    "repair_step": {"step": "step", "from": "application", "to": "application"},
    "list_step": {"step": "list_action", "from": "entry", "to": "entry"},
    "objection": {"step": "objecting"},
    "campaign": {"outcome": "outcome"},
}
"""Which words the values of what an entry tells are of, by the thing that was acted on."""
_PAGES = {
    "repair": "/repair",
    "repair_step": "/repair",
    "repairs": "/repair",
    "regrading": "/repair",
    "material": "/repair",
    "commitment": "/repair",
    "objection": "/objections",
    "sanction": "/objections",
    "list_step": "/serious-list",
    "campaign.formed": "/campaigns",
}
"""Where one can look at what was acted on, by the act or by what it was done to."""
_KINDS = frozenset(RecordKind)
_IDENTIFIER = re.compile("[0-9a-f]{32}")
_OWN_REASONS = (
    ("audit.own_rules", re.compile(r"the rule files that come with creditsync (?P<version>\S+)")),
    ("audit.own_packs", re.compile(r"packaged with the program, version (?P<version>\S+)")),
)
"""What the program gives as its own reason for rules that nobody chose."""


@router.get(PATH)
@router.get(f"{PATH}/live")
async def audit(request: Request, _visitor: Signed, reader: Reads) -> Response:
    asked = {**_asked(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    chosen = _chosen(request)
    logs = await reader.read_all(**{one: (one, _AUDIT, asked) for one in chosen})
    heads = await reader.read_all(**{one: (one, f"{_AUDIT}/head") for one in SERVICES})
    rows, following = merged(logs, _PAGE)
    values = {
        "rows": rows,
        "following": following,
        "silent_logs": [log for log in logs.values() if not log.ok],
        "heads": heads,
        "groups": _GROUPS,
        "services": SERVICES,
        "subject_of": lambda subject: subject_of(language(request), subject),
        "reason_of": lambda reason: reason_of(language(request), reason),
        "actions": [key.removeprefix(_WORDS) for key in catalogue() if key.startswith(_WORDS)],
    }
    return present(request, "audit", values)


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    """All entries of the chosen logs, the newest first; one that does not answer stops the export, for it would look
    whole."""
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    pages, total = _merged_pages(request, reader), _total(request, reader)
    return await pages_file(request, pages, form, "audit", columns, back=PATH, total=total)


def _total(request: Request, reader: Reader) -> TotalOf:
    """Of all chosen logs together; nothing when one of them does not say."""
    chosen, asked = _chosen(request), counting(_asked(request))

    async def of_all() -> Total | None:
        logs = await reader.read_all(**{one: (one, _AUDIT, asked) for one in chosen})
        found = [total for log in logs.values() if (total := total_in(log))]
        return sum(found, Total(0)) if len(found) == len(chosen) else None

    return of_all


def _merged_pages(request: Request, reader: Reader) -> PageOf:
    """Pages of the chosen logs as one list. Each log is read from the same place on, and what is not among the newest
    of a page is read again for the next."""
    chosen, asked = _chosen(request), _asked(request)

    async def page_of(cursor: str | None) -> Reading:
        one_page = {**asked, "limit": ROWS_A_PAGE, "cursor": cursor}
        logs = await reader.read_all(**{one: (one, _AUDIT, one_page) for one in chosen})
        silent = next((log for log in logs.values() if not log.ok), None)
        if silent is not None:
            return silent
        rows, following = merged(logs, ROWS_A_PAGE)
        return Reading(chosen[0], {"items": rows, "next": following})

    return page_of


def merged(logs: Mapping[str, Reading], limit: int) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    """The newest entries of these logs, and the place of the next page, if there is one."""
    rows = [row | {"service": name} for name, log in logs.items() if log.ok for row in log.data["items"]]
    rows.sort(key=_newest, reverse=True)
    more = len(rows) > limit or any(log.ok and log.data["next"] for log in logs.values())
    visible = [row | {"href": _href(row)} for row in rows[:limit]]
    return visible, encoded([visible[-1]["entry_id"]]) if more and visible else None


def _href(row: Mapping[str, Any]) -> str | None:
    """Where one can look at what was acted on, when there is a page for it."""
    subject = str(row["subject"])
    action = str(row["action"])
    page = _PAGES.get(action) or _PAGES.get(action.partition(".")[0])
    if page and _IDENTIFIER.fullmatch(subject):
        return f"{page}/{subject}"
    if row["record_id"]:
        return f"/records/{row['record_id']}"
    if subject.startswith("subscriber/"):
        return f"/subscribers/{subject.removeprefix('subscriber/')}"
    if action.startswith("reconciliation."):
        return f"/reconciliations/{subject}"
    return "/policy" if _SUBJECTS[0][1].fullmatch(subject) else None


def reason_of(lang: Lang, reason: str | None) -> str:
    """Why it was done: a person's words as they are, the program's own in the language of the reader."""
    for key, pattern in _OWN_REASONS:
        if found := pattern.fullmatch(reason or ""):
            return translate(lang)(key, version=found["version"])
    return reason or ""


def subject_of(lang: Lang, subject: str) -> str:
    """What was acted on, in the words of the reader; an identifier stays what it is."""
    if subject in PORTALS:
        return word(lang, "portal", subject)
    for key, pattern in _SUBJECTS:
        if found := pattern.fullmatch(subject):
            return translate(lang)(key, **found.groupdict())
    kind, _, rest = subject.partition(" ")
    return f"{word(lang, 'kind', kind)} {rest}".strip() if kind in _KINDS else subject


def _newest(row: Mapping[str, Any]) -> str:
    return str(row["entry_id"])


def _chosen(request: Request) -> Sequence[str]:
    service = request.query_params.get("service")
    return (service,) if service in SERVICES else SERVICES


def _asked(request: Request) -> dict[str, str | int | None]:
    """The filters of the address. Days are of the law's zone, the last one whole; what is none is not asked for."""
    given = request.query_params
    until = _day(given.get("until"))
    since = _day(given.get("since"))
    return {
        "actor": given.get("actor"),
        "action": given.get("action"),
        "subject": given.get("subject"),
        "since": f"{since}{_MIDNIGHT}" if since else None,
        "until": f"{until + timedelta(days=1)}{_MIDNIGHT}" if until else None,
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("deliveries.time"), lambda row: show.moment(row["at"])),
        (t("audit.service"), lambda row: word(lang, "service", row["service"])),
        (t("audit.actor"), lambda row: row["actor"]),
        (t("audit.action"), lambda row: word(lang, "deed", row["action"])),
        (t("audit.code"), lambda row: row["action"]),
        (t("audit.subject"), lambda row: row["subject"]),
        (t("consistency.record"), lambda row: row["record_id"]),
        (t("common.reason"), lambda row: reason_of(lang, row["reason"])),
        (t("audit.rows"), lambda row: row["effect_rows"]),
        (t("audit.seq"), lambda row: row["seq"]),
        (t("audit.hash"), lambda row: row["hash"]),
        (t("audit.entry"), lambda row: row["entry_id"]),
    ]
