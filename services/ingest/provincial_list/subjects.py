"""The list of discredited subjects (失信主体名单, A08): per subject its penalties and their days, as ingest knows them.

Class and platforms are not ours: severity is decided by disclosure, what each portal shows is known to sync. Natural
persons are not listed: they are on no credit site (ruling R11).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from services.ingest.registry.known import known_subjects
from services.ingest.tables import record
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.identifiers import current_division_of
from shared.vocabulary import RecordKind, RegistryStatus

HEAD = (
    "统一社会信用代码", "主体名称", "地区", "地区名称", "处罚信息（条）", "最早决定日期", "最近决定日期", "登记状态",
)  # fmt: skip
NOT_KNOWN_HERE = {
    "severity": "disclosure: GET /v1/records/{record_id}/publications",
    "platforms": "sync: GET /v1/records/{record_id}/placements",
}
_NO_CODE = "person-"
_KEYS_A_QUERY = 5_000


@dataclass(frozen=True, slots=True)
class DiscreditedSubject:
    """One subject. `region` is that of the authority of its newest penalty."""

    uscc: str
    name: str
    region: str
    region_name: str
    records: int
    first_decided_on: date
    last_decided_on: date
    registry_status: RegistryStatus | None

    def cells(self) -> tuple[str | int | None, ...]:
        """The line of the sheet, in the order of `HEAD`."""
        return (
            self.uscc,
            self.name,
            self.region,
            self.region_name,
            self.records,
            self.first_decided_on.isoformat(),
            self.last_decided_on.isoformat(),
            self.registry_status,
        )


async def list_subjects(
    connection: AsyncConnection, first: date, last: date, after: str | None, limit: int
) -> Sequence[DiscreditedSubject]:
    """By code; subjects with a penalty in force whose decision lies in the period."""
    columns = record.c
    statement = (
        select(
            columns.subject_key,
            func.count().label("records"),
            func.min(columns.decided_on).label("first_decided_on"),
            func.max(columns.decided_on).label("last_decided_on"),
            func.max(columns.record_id).label("newest"),
        )
        .where(
            columns.kind == RecordKind.PENALTY,
            columns.state == "valid",
            columns.decided_on.between(first, last),
            ~columns.subject_key.startswith(_NO_CODE),
        )
        .group_by(columns.subject_key)
        .order_by(columns.subject_key)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(columns.subject_key > after)
    rows = (await connection.execute(statement)).all()
    newest = await _contents(connection, [row.newest for row in rows])
    known = await known_subjects(connection, [row.subject_key for row in rows])
    found = []
    for row in rows:
        division = current_division_of(newest[row.newest]["region"])
        status = known.get(row.subject_key)
        found.append(
            DiscreditedSubject(
                row.subject_key,
                newest[row.newest]["subject"]["name"],
                division.code if division else newest[row.newest]["region"],
                division.name if division else "",
                row.records,
                row.first_decided_on,
                row.last_decided_on,
                status.status if status else None,
            )
        )
    return found


async def _contents(connection: AsyncConnection, record_ids: Sequence[str]) -> dict[str, Any]:
    found = {}
    for at in range(0, len(record_ids), _KEYS_A_QUERY):
        chosen = among(connection.dialect.name, record.c.record_id, record_ids[at : at + _KEYS_A_QUERY])
        for row in await connection.execute(select(record.c.record_id, record.c.content).where(chosen)):
            found[row.record_id] = json.loads(row.content)
    return found
