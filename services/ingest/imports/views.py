"""What callers send and see of an import."""

import json
import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.ingest.imports.states import ImportState, Origin
from services.ingest.in_words import advice_in, of_file_in
from services.ingest.mapping.columns import TEMPLATES
from shared.database.types import AnyRow
from shared.sentences import Lang
from shared.vocabulary import RecordKind, Verdict

SHA256 = "^[0-9a-f]{64}$"
_UNSUITABLE = re.compile(r"[\x00-\x1f\x7f/\\]")


def _plain_name(name: str) -> str:
    if _UNSUITABLE.search(name) or not name.strip(" ."):
        raise ValueError("a file name without folders and control characters")
    return name


def _known_kind(kind: RecordKind) -> RecordKind:
    if kind not in TEMPLATES:
        raise ValueError(f"no template for this kind yet; one of {', '.join(TEMPLATES)}")
    return kind


FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain_name)]


class ImportRequest(BaseModel):
    """A file to be sent: its name, its size and, so that nothing can change on the way, its SHA-256."""

    model_config = ConfigDict(extra="forbid")
    name: FileName
    size: Annotated[int, Field(ge=1, description="Bytes; an empty file holds no table.")]
    sha256: Annotated[str, Field(pattern=SHA256)] | None = None
    kind: Annotated[RecordKind, AfterValidator(_known_kind)] | None = None


class Upload(BaseModel):
    """Where the bytes go, and from which offset on."""

    address: str
    offset: int
    largest_chunk: int


class Why(BaseModel):
    """Why a file was refused or could not be read on, and what to do."""

    code: str
    sentence: str
    advice: str


class Note(BaseModel):
    """What was noticed about the file as a whole."""

    code: str
    sentence: str


class ImportView(BaseModel):
    """An import as it stands; the counts sum to the rows that were read."""

    import_id: str
    client: str
    name: str
    origin: Origin
    state: ImportState
    kind: RecordKind | None
    size: int
    sha256: str | None
    upload: Upload | None
    rows: int
    counts: dict[Verdict, int]
    fraction: float
    rows_per_second: float | None
    remaining_seconds: float | None
    file_format: str | None
    encoding: str | None
    notes: list[Note]
    reason: Why | None
    created_at: datetime
    finished_at: datetime | None
    verdicts: str


def view(row: AnyRow, largest_chunk: int, lang: Lang = "en") -> ImportView:
    """How it is shown. Rate and remaining time are of the reading itself; waiting is not in them."""
    state, address = ImportState(row.state), f"/v1/imports/{row.import_id}"
    reading = state is ImportState.READING and row.busy_seconds > 0
    rest = row.busy_seconds * (1 - row.fraction) / row.fraction if reading and row.fraction else None
    uploading = state is ImportState.UPLOADING
    upload = Upload(address=f"{address}/content", offset=row.received_bytes, largest_chunk=largest_chunk)
    return ImportView(
        import_id=row.import_id,
        client=row.client,
        name=row.name,
        origin=row.origin,
        state=state,
        kind=row.kind,
        size=row.size_bytes,
        sha256=row.sha256,
        upload=upload if uploading else None,
        rows=row.rows_done,
        counts=json.loads(row.counts),
        fraction=row.received_bytes / row.size_bytes if uploading else row.fraction,
        rows_per_second=round(row.rows_done / row.busy_seconds, 1) if row.busy_seconds > 0 else None,
        remaining_seconds=None if rest is None else round(rest, 1),
        file_format=row.file_format,
        encoding=row.encoding,
        notes=[_note(one, lang) for one in json.loads(row.notes)],
        reason=None if row.reason is None else _why(json.loads(row.reason), lang),
        created_at=row.created_at,
        finished_at=row.finished_at,
        verdicts=f"{address}/verdicts",
    )


def _note(told: dict[str, str], lang: Lang) -> Note:
    return Note(code=told["code"], sentence=of_file_in(lang, told["sentence"]))


def _why(told: dict[str, str], lang: Lang) -> Why:
    sentence, advice = of_file_in(lang, told["sentence"]), advice_in(lang, told["advice"])
    return Why(code=told["code"], sentence=sentence, advice=advice)
