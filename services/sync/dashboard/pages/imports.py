"""文件导入: files that were handed in, how far each is read, the verdict of every row, and the form that sends one."""

import asyncio
import hashlib
import io
from collections.abc import Callable
from typing import IO, Any, Literal

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file, passed_on
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Params, Reader, Reading
from services.sync.dashboard.session import Visitor
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from services.sync.dashboard.uploads import posted_with_files
from shared.counted_frames import FRAMED
from shared.errors import MALFORMED, Problem
from shared.web.scopes import Scope

router = APIRouter()

PATH = "/imports"
STATES = ("uploading", "waiting", "reading", "done", "refused", "failed", "cancelled")
KINDS = ("penalty", "licence", "coercion", "award", "inspection")
VERDICTS = ("admitted", "amended", "unchanged", "voided", "quarantined")
_LARGEST_PIECE = 4 * 1024 * 1024
_OCTETS = "application/offset+octet-stream"


@router.get(PATH)
@router.get(f"{PATH}/live")
async def imports(request: Request, visitor: Signed, desk: Desk, reader: Reads) -> Response:
    asked = _asked(request, visitor)
    page = {**asked, "limit": 100, "cursor": request.query_params.get("cursor")}
    values = {
        "watches": visitor.may(Scope.AUDIT_READ),
        "every": asked["every"],
        "imports": await reader.read("ingest", "/v1/imports", page),
        "states": STATES,
        "kinds": KINDS,
        "most_bytes": desk.settings.max_body_bytes,
    }
    return present(request, "imports", values)


@router.post(PATH)
async def send(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Announce the file and pass its bytes on in pieces; a file of which part is there already goes on from there."""
    async with posted_with_files(request, desk, most=1) as form:
        if not form.files or not form.files[0].size:
            raise Problem(MALFORMED, "No file was chosen, or it is empty.")
        file = form.files[0]
        digest = await asyncio.to_thread(_digest, file.file)
        begun = await _begun(reader, file, digest, form.fields)
        if not begun.ok:
            return done(request, begun, back=PATH, note="done")
        sent = await _pass_on(reader, file, begun.data)
        note = "import_sent" if sent.ok else "import_interrupted"
        if sent.ok or sent.why == "down":
            return done(request, begun, back=f"{PATH}/{begun.data['import_id']}", note=note)
        return done(request, sent, back=f"{PATH}/{begun.data['import_id']}", note=note)


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = ("ingest", "/v1/imports", _asked(request, visitor))
    return await list_file(request, reader, source, form, "imports", columns, back=PATH)


@router.get(f"{PATH}/{{import_id}}")
@router.get(f"{PATH}/{{import_id}}/live")
async def one_import(request: Request, visitor: Signed, reader: Reads, import_id: str) -> Response:
    found = await reader.read("ingest", f"/v1/imports/{import_id[:32]}", {"lang": language(request)})
    mine = found.ok and found.data["client"] == visitor.caller.client_id
    return present(request, "import", {"found": found, "mine": mine})


@router.get(f"{PATH}/{{import_id}}/verdicts.{{form}}")
async def verdicts(
    request: Request, _visitor: Signed, reader: Reads, import_id: str, form: Literal["csv", "xlsx", "ndjson"]
) -> Response:
    """As ingest writes it; in frames with how far it is for the script of the page."""
    params = {"form": form, "verdict": request.query_params.get("verdict"), "lang": language(request)}
    accept = FRAMED if request.headers.get("accept") == FRAMED else "*/*"
    outcome = await reader.file("ingest", f"/v1/imports/{import_id[:32]}/verdicts", params, accept=accept)
    return passed_on(request, outcome, back=f"{PATH}/{import_id[:32]}")


@router.post(f"{PATH}/{{import_id}}/cancel")
async def cancel(request: Request, _visitor: Signed, desk: Desk, reader: Reads, import_id: str) -> Response:
    """Only before the last byte: what is complete is read."""
    fields = await posted(request, desk)
    outcome = await reader.act("ingest", f"/v1/imports/{import_id[:32]}", None, key=key_of(fields), method="DELETE")
    return done(request, outcome, back=PATH, note="done")


async def _begun(reader: Reader, file: UploadFile, digest: str, fields: dict[str, str]) -> Reading:
    """The import of these very bytes that was interrupted, else a new one."""
    known = await reader.read("ingest", "/v1/imports", {"state": "uploading", "sha256": digest, "limit": 1})
    if known.ok and known.data["items"]:
        return Reading("ingest", known.data["items"][0])
    body: dict[str, Any] = {"name": file.filename, "size": file.size, "sha256": digest}
    body |= {"kind": fields["kind"]} if fields.get("kind") else {}
    return await reader.act("ingest", "/v1/imports", body, key=key_of(fields))


async def _pass_on(reader: Reader, file: UploadFile, begun: Any) -> Reading:
    """The bytes behind the stored offset, one piece after the other; the answer to the last one."""
    state = Reading("ingest", begun)
    while state.ok and state.data["upload"]:
        upload = state.data["upload"]
        await file.seek(upload["offset"])
        piece = await file.read(min(upload["largest_chunk"], _LARGEST_PIECE))
        headers = {"Upload-Offset": str(upload["offset"]), "Content-Type": _OCTETS}
        if not piece:
            break
        state = await reader.send_bytes("ingest", upload["address"], piece, headers)
    return state


def _digest(file: IO[bytes]) -> str:
    file.seek(0, io.SEEK_SET)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _asked(request: Request, visitor: Visitor) -> Params:
    """Who watches over the house sees every file unless only the own ones are asked for."""
    query = request.query_params
    every = "true" if visitor.may(Scope.AUDIT_READ) and query.get("whose") != "mine" else None
    return {"state": query.get("state"), "every": every, "lang": language(request)}


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("imports.file"), lambda row: row["name"]),
        (t("imports.kind"), lambda row: word(lang, "kind", row["kind"]) if row["kind"] else ""),
        (t("imports.state"), lambda row: word(lang, "import", row["state"])),
        (t("imports.why"), lambda row: row["reason"]["sentence"] if row["reason"] else ""),
        *((word(lang, "verdict", one), _counted(one)) for one in VERDICTS),
        (t("imports.begun"), lambda row: show.at(row["created_at"])),
        (t("imports.number"), lambda row: row["import_id"]),
    ]


def _counted(verdict: str) -> Callable[[Any], object]:
    return lambda row: row["counts"].get(verdict, 0)
