"""证据包: everything that is kept about one record, as one page that stands alone or as a PDF."""

import asyncio
import base64
import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.dossier import Clerk, Dossier, Gathered
from services.sync.dashboard.page import language, present, rendered
from services.sync.dashboard.reading import Params, Reader, Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import translate
from shared.letters import NoPdf, typeset

router = APIRouter()

SERVICES = ("ingest", "disclosure", "repair", "sync")
MOST_LINES = 2_000
_PAGE = 500
_FOLDER = Path(__file__).parents[1] / "templates"


@router.get("/records/{record_id}/evidence.{form}")
async def evidence(
    request: Request, visitor: Signed, desk: Desk, reader: Reads, record_id: str, form: Literal["html", "pdf"]
) -> Response:
    gathered = await gather(reader, record_id, language(request))
    if all(one.why == "absent" for one in (gathered.source, gathered.publications, gathered.placements)):
        return present(request, "record_absent", {"record_id": record_id}, status=404)
    lang, now = language(request), desk.clock.now()
    show = Shown(lang, now)
    title = gathered.source.data["record"]["document_number"] if gathered.source.ok else record_id
    sections = Clerk(lang, show).sections(gathered)
    dossier = Dossier(title, record_id, show.at(now.isoformat()), visitor.session.name, sections)
    if form == "html":
        body, media, policy = _page(request, dossier).encode(), "text/html; charset=utf-8", _policy()
    else:
        try:
            body, media, policy = await asyncio.to_thread(_paper, dossier, translate(lang)), "application/pdf", ""
        except NoPdf as error:
            outcome = Reading("sync", why="failed", detail=str(error), status=501)
            return present(request, "refused", {"outcome": outcome, "back": f"/records/{record_id}"}, status=501)
    response = Response(body, media_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{record_id[:32]}.{form}"'
    if policy:
        response.headers["Content-Security-Policy"] = policy
    return response


async def gather(reader: Reader, record_id: str, lang: str) -> Gathered:
    """Everything, each list to its end or to the bound."""
    one = quote(record_id, safe="")
    readings = await reader.read_all(
        source=("ingest", f"/v1/records/{one}"),
        publications=("disclosure", f"/v1/records/{one}/publications", {"lang": lang}),
        dates=("disclosure", f"/v1/records/{one}/dates"),
        placements=("sync", f"/v1/records/{one}/placements"),
        applications=("repair", "/v1/repair-applications", {"record_id": record_id, "limit": 100}),
    )
    heads = await reader.read_all(**{service: (service, "/v1/audit/head") for service in SERVICES})
    timeline, unfinished = await _all(reader, "sync", f"/v1/records/{one}/timeline", {})
    logs = await asyncio.gather(*(_all(reader, service, "/v1/audit", {"subject": record_id}) for service in SERVICES))
    more = {service for service, (_, left) in zip(SERVICES, logs, strict=True) if left}
    issued = [line["detail"] for line in timeline.data if line["what"] == "certificate"] if timeline.ok else []
    documents = (reader.read("sync", f"/certificates/{quote(number, safe='')}/document") for number in issued[:10])
    return Gathered(
        **readings,
        timeline=timeline,
        audit={service: log for service, (log, _) in zip(SERVICES, logs, strict=True)},
        heads=heads,
        certificates=await asyncio.gather(*documents),
        more=frozenset(more | ({"timeline"} if unfinished else set())),
    )


async def _all(reader: Reader, service: str, path: str, params: Params) -> tuple[Reading, bool]:
    """A list as one reading, and whether it goes on beyond the bound."""
    items: list[Any] = []
    cursor: str | None = None
    while True:
        found = await reader.read(service, path, {**params, "limit": _PAGE, "cursor": cursor})
        if not found.ok:
            return found, False
        items += found.data["items"]
        cursor = found.data["next"]
        if cursor is None or len(items) >= MOST_LINES:
            return Reading(service, items), cursor is not None


def _page(request: Request, dossier: Dossier) -> str:
    return rendered(request, "evidence", {"dossier": dossier, "style": Markup(_style())})  # noqa: S704 - our own file


def _paper(dossier: Dossier, t: Any) -> bytes:
    words = {name: t(f"evidence.{name}") for name in ("heading", "record", "made")}
    given = json.dumps({**asdict(dossier), "words": words}, ensure_ascii=False)
    return typeset((_FOLDER / "evidence.typ").read_text("utf-8"), {"dossier": given}, "the HTML file")


@cache
def _style() -> str:
    return (_FOLDER / "evidence.css").read_text("utf-8")


def _policy() -> str:
    """The file carries its own style, named by its digest; nothing else is allowed in it."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
