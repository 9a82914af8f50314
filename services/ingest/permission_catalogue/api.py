"""`/v1/permission-catalogues` takes a version in; `/v1/permission-catalogue` shows the newest to everybody (B02)."""

import asyncio
import hashlib
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.ingest.api.desk import Desk
from services.ingest.data_sharing.api.desk import Officer
from services.ingest.list_files.received import read_received
from services.ingest.permission_catalogue import store
from services.ingest.permission_catalogue.items import COLUMNS, MOST_ITEMS, read_items
from services.ingest.permission_catalogue.take_catalogue import Origin, take_catalogue
from services.ingest.sheets import CSV, XLSX, csv_of
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.auth import PUBLIC
from shared.web.body import accepts
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.pagination import Paged, PageRequest, page_of

router = APIRouter(prefix="/v1", tags=["permission catalogue"])

_FILES = ("text/csv", XLSX, "application/octet-stream")
_FIELDS = tuple(column.field for column in COLUMNS)
_HEAD = tuple(column.titles[0] for column in COLUMNS)
_KEPT = {"Cache-Control": "public, max-age=60, must-revalidate"}


class CatalogueVersion(BaseModel):
    """A version, whose it is and the day that it tells of."""

    version: int
    source: str
    as_of: date
    item_count: int
    taken_at: datetime


class CatalogueItem(BaseModel):
    """One power (权力事项), as the catalogue tells it."""

    power_code: str
    name: str
    power_type: str
    legal_basis: str
    authority_name: str
    remark: str


class Catalogue(CatalogueVersion):
    """The newest version, page by page. Pass `next` as `cursor` to go on."""

    items: list[CatalogueItem]
    next: str | None


@router.post(
    "/permission-catalogues", status_code=201, response_model=CatalogueVersion, summary="Import a permission catalogue"
)
async def post_catalogue(
    request: Request,
    caller: Officer,
    desk: Desk,
    _media_type: Annotated[str, accepts(*_FILES)],
    source: Annotated[str, Query(min_length=1, max_length=120, description="Whose catalogue it is.")],
    as_of: Annotated[date, Query(description="The day that it tells of.")],
    file_name: Annotated[str, Query(max_length=200, description="Name of the file, for people.")] = "",
) -> Response:
    """行政权限目录清单, CSV or XLSX as the body. It replaces the version that was public before."""
    body = await request.body()
    items = await asyncio.to_thread(read_items, await read_received(body, COLUMNS))
    of = Origin(source, as_of, file_name, hashlib.blake2b(body, digest_size=16).hexdigest())
    call = await changing_call(request, caller)

    async def taken(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            await take_catalogue(work, of, items, caller.client_id)
            return reply(201, CatalogueVersion(**_version(await _newest(work.connection))))

        return await once(work, call, produce)

    return await desk.in_one_transaction(taken)


@router.get("/permission-catalogue", dependencies=[PUBLIC], summary="The permission catalogue (行政权限目录清单)")
async def get_catalogue(desk: Desk, page: Paged, response: Response) -> Catalogue:
    """The newest version. A cursor of an older version is refused, because its pages do not fit together."""
    async with desk.database.reading() as connection:
        row = await _newest(connection)
        found = await store.read_items(connection, row.version, _after(page, row.version), page.fetch)
    items = page_of(found, page, position=lambda one: [str(row.version), str(one.position)], shown=_item)
    response.headers.update(_KEPT)
    return Catalogue(**_version(row), items=items.items, next=items.next)


@router.get("/permission-catalogue.csv", dependencies=[PUBLIC], summary="The same as CSV", response_class=Response)
async def get_catalogue_csv(desk: Desk) -> Response:
    """The whole newest version; its number, source and day are in the name of the file."""
    async with desk.database.reading() as connection:
        row = await _newest(connection)
        found = await store.read_items(connection, row.version, 0, MOST_ITEMS)
    content = await asyncio.to_thread(csv_of, _HEAD, [[getattr(one, field) for field in _FIELDS] for one in found])
    name = f"permission-catalogue-{row.version}-{row.as_of}.csv"
    return Response(content, media_type=CSV, headers=_KEPT | {"Content-Disposition": f'attachment; filename="{name}"'})


async def _newest(connection: AsyncConnection) -> AnyRow:
    row = await store.read_newest(connection)
    if row is None:
        raise Problem(NOT_FOUND, "No permission catalogue is published yet.")
    return row


def _version(row: AnyRow) -> dict[str, object]:
    names = ("version", "source", "as_of", "taken_at")
    return {name: getattr(row, name) for name in names} | {"item_count": row._mapping["items"]}


def _item(row: AnyRow) -> CatalogueItem:
    return CatalogueItem(**{field: getattr(row, field) for field in _FIELDS})


def _after(page: PageRequest, version: int) -> int:
    if page.after is None:
        return 0
    match page.after:
        case [str(of), str(position)] if of == str(version) and position.isdecimal():
            return int(position)
    reason = "not a cursor of the present version; begin anew"
    raise Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])
