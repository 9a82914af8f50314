"""The placements of a scope, for statements: which there are, and how many."""

import re
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, true

from services.sync.reconciliation.domain.scope import Scope
from services.sync.tables import placement
from shared.database.connection import AsyncConnection

_PORTAL = bindparam("on_portal", type_=placement.c.portal.type)


async def size_of(connection: AsyncConnection, portal: str, scope: Scope, *, at_most: int) -> int:
    """How many placements a scope has, counted no further than that."""
    values = {"on_portal": portal, "most": at_most, **scope_values(scope)}
    return int(await connection.scalar(_size(*asked_of(scope)), values) or 0)


@cache
def _size(by_district: bool, by_kind: bool) -> Select[int]:
    known = placement.c.portal == _PORTAL, placement.c.portal_key.is_not(None), part(by_district, by_kind)
    some = select(placement.c.record_id).where(*known).limit(bindparam("most")).subquery()
    return select(func.count()).select_from(some)


def asked_of(scope: Scope) -> tuple[bool, bool]:
    """Whether a scope names a division, and whether a kind."""
    return bool(scope.district), bool(scope.kind)


def part(by_district: bool, by_kind: bool) -> ColumnElement[bool]:
    """The placements of a scope, for a statement that is executed with its `scope_values`."""
    district = placement.c.district.like(bindparam("of_district"), escape="/") if by_district else true()
    return and_(district, placement.c.kind == bindparam("of_kind") if by_kind else true())


def scope_values(scope: Scope) -> dict[str, str]:
    return {"of_district": re.sub(r"[/%_]", r"/\g<0>", scope.district_prefix) + "%", "of_kind": scope.kind}
