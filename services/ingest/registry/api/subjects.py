"""`/v1/registry/…`: rows and extracts of the business register in, and what is known of one subject out."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter

from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.list_files.received import read_received
from services.ingest.registry import store
from services.ingest.registry.columns import COLUMNS, entries_of
from services.ingest.registry.domain.entry import FormerKind, RegistryEntry
from services.ingest.registry.take_entries import take_rows
from services.ingest.sheets import XLSX
from services.ingest.subject_status import Outcome
from shared.errors import NOT_FOUND, TOO_LARGE, Problem
from shared.identifiers import IdentifierProblem, parse_uscc
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RegistryStatus
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/registry", tags=["subjects"])

_MOST_ROWS = 10_000
_HISTORY = 200
_RECORDS = 200
_FILES = ("text/csv", XLSX, "application/octet-stream")

Writer = Annotated[Caller, requires(Scope.INGEST_REGISTRY)]


class SubjectRow(BaseModel):
    """What the register says of a subject on a day. Without `status` only names and numbers are told."""

    model_config = ConfigDict(extra="forbid")
    uscc: str = Field(max_length=40)
    as_of: date
    proof_reference: str = Field(min_length=1, max_length=200)
    name: str = Field(default="", max_length=200)
    former_names: tuple[Annotated[str, Field(max_length=200)], ...] = Field(default=(), max_length=20)
    old_numbers: tuple[Annotated[str, Field(max_length=40)], ...] = Field(default=(), max_length=20)
    status: RegistryStatus | None = None


class SubjectRows(BaseModel):
    """One to 10,000 rows."""

    model_config = ConfigDict(extra="forbid")
    rows: Annotated[list[SubjectRow], Field(min_length=1, max_length=_MOST_ROWS), FailFast()]


class EntryAnswer(BaseModel):
    """What became of one row; `reason` only for a refused one."""

    row: int
    outcome: Outcome
    reason: str | None


class RegistryReceipt(BaseModel):
    """The outcomes sum to the rows. Of a file only refused rows are listed one by one."""

    rows: int
    counts: dict[Outcome, int]
    answers: list[EntryAnswer]


class FormerView(BaseModel):
    """A former name or an old number, with its proof."""

    kind: FormerKind
    value: str
    as_of: date
    proof_reference: str


class StatusView(BaseModel):
    """One status of the history: what, since when, by which proof."""

    status: RegistryStatus
    as_of: date
    proof_reference: str
    noted_at: datetime


class SubjectView(BaseModel):
    """What is known of a subject: from the register, and the names that its records give it."""

    uscc: str
    name: str | None
    name_as_of: date | None
    status: StatusView | None
    formers: list[FormerView]
    names_in_records: list[str]
    history: list[StatusView]


_ROWS = TypeAdapter(SubjectRows)


@router.post(
    "/subjects",
    status_code=201,
    response_model=RegistryReceipt,
    summary="Hand in rows of the business register",
    openapi_extra=documented(_ROWS, JSON),
)
async def post_subjects(
    request: Request, caller: Writer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Names, former names, old numbers and status. The newest day wins; a replaced name becomes a former one."""
    body = await parsed(request, _ROWS)
    entries = [RegistryEntry(**row.model_dump()) for row in body.rows]
    return await _take(request, caller, desk, entries, is_file=False)


@router.post("/files", status_code=201, response_model=RegistryReceipt, summary="Hand in an extract of the register")
async def post_file(
    request: Request,
    caller: Writer,
    desk: Desk,
    _media_type: Annotated[str, accepts(*_FILES)],
    as_of: Annotated[date | None, Query(description="Day of the extract, where its rows name none.")] = None,
    proof_reference: Annotated[
        str, Query(max_length=200, description="Proof of the extract, where its rows name none.")
    ] = "",
) -> Response:
    """CSV or XLSX with a header such as 统一社会信用代码, 企业名称, 曾用名, 注册号, 登记状态; told apart by content."""
    table = await read_received(await request.body(), COLUMNS)
    return await _take(request, caller, desk, entries_of(table.rows, as_of, proof_reference), is_file=True)


@router.get("/subjects/{uscc}", summary="What is known of a subject")
async def get_subject(
    uscc: str, _caller: Annotated[Caller, requires(Scope.DATA_SHARING_READ)], desk: Desk
) -> SubjectView:
    """Name, former names, old numbers and the history of its status, each with its proof."""
    code = parse_uscc(uscc)
    if isinstance(code, IdentifierProblem):
        raise Problem(NOT_FOUND, "This is no unified social credit code.")
    async with desk.database.reading() as connection:
        name = await store.read_name(connection, str(code))
        status = await store.read_status(connection, str(code))
        formers = await store.read_formers(connection, str(code))
        history = await store.read_history(connection, str(code), _HISTORY)
        contents = await store.read_contents(connection, str(code), _RECORDS)
    if not (name or status or contents):
        raise Problem(NOT_FOUND, "Nothing is known of this subject.")
    return SubjectView(
        uscc=str(code),
        name=name.name if name else None,
        name_as_of=name.as_of if name else None,
        status=StatusView(**status._mapping, noted_at=status.changed_at) if status else None,
        formers=[FormerView(**row._mapping) for row in formers],
        names_in_records=sorted({json.loads(text)["subject"]["name"] for text in contents}),
        history=[StatusView(**row._mapping) for row in history],
    )


async def _take(
    request: Request, caller: Caller, desk: IngestDesk, rows: Sequence[RegistryEntry | str], *, is_file: bool
) -> Response:
    most = _MOST_ROWS if not is_file else 20 * _MOST_ROWS
    if len(rows) > most:
        raise Problem(TOO_LARGE, f"There are {len(rows)} rows.", limit=most)
    call = await changing_call(request, caller)

    async def taken(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            answers = await take_rows(work, caller.client_id, rows)
            listed = [one for one in answers if not is_file or one.outcome is Outcome.REFUSED][:_MOST_ROWS]
            return reply(
                201,
                RegistryReceipt(
                    rows=len(answers),
                    counts=dict.fromkeys(Outcome, 0) | Counter(answer.outcome for answer in answers),
                    answers=[EntryAnswer(row=one.row, outcome=one.outcome, reason=one.reason) for one in listed],
                ),
            )

        return await once(work, call, produce)

    return await desk.in_one_transaction(taken)
