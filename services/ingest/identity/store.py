"""Queries of the resolver: proposals, aliases, and what is known of many subjects at once."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update

from services.ingest.identity.domain.proposal import Aspect, Proposal, ProposalState
from services.ingest.identity.tables import identity_alias, identity_proposal
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork

KEYS_A_QUERY = 5_000

_proposed, _accepted = identity_proposal.c, identity_alias.c


async def insert_proposals(work: UnitOfWork, proposals: Collection[Proposal], origin: str) -> None:
    """Each once: what is open, accepted or rejected already stays as it is."""
    rows = {
        (one.aspect, one.scope, one.alias, one.canonical): {
            **asdict(one),
            "proposal_id": new_id(),
            "because": json.dumps([asdict(reason) for reason in one.because], ensure_ascii=False),
            "origin": origin,
            "state": ProposalState.OPEN,
            "proposed_at": work.now,
        }
        for one in proposals
    }
    if rows:
        await work.connection.execute(insert_new(work.dialect, identity_proposal), [rows[key] for key in sorted(rows)])


async def list_proposals(
    connection: AsyncConnection, state: ProposalState | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    statement = select(identity_proposal)
    if state is not None:
        statement = statement.where(_proposed.state == state)
    if after is not None:
        statement = statement.where(_proposed.proposal_id > after)
    return (await connection.execute(statement.order_by(_proposed.proposal_id).limit(limit))).all()


async def lock_proposal(work: UnitOfWork, proposal_id: str) -> AnyRow | None:
    statement = select(identity_proposal).where(_proposed.proposal_id == proposal_id)
    return (await work.connection.execute(statement.with_for_update())).one_or_none()


async def read_proposal(connection: AsyncConnection, proposal_id: str) -> AnyRow | None:
    statement = select(identity_proposal).where(_proposed.proposal_id == proposal_id)
    return (await connection.execute(statement)).one_or_none()


async def settle_proposal(work: UnitOfWork, proposal_id: str, state: ProposalState, by: str, reason: str) -> None:
    await work.connection.execute(
        update(identity_proposal)
        .where(_proposed.proposal_id == proposal_id)
        .values(state=state, decided_by=by, reason=reason, decided_at=work.now)
    )


async def find_alias(work: UnitOfWork, aspect: str, scope: str, alias: str) -> AnyRow | None:
    statement = select(identity_alias).where(
        _accepted.aspect == aspect, _accepted.scope == scope, _accepted.alias == alias
    )
    return (await work.connection.execute(statement)).one_or_none()


async def insert_alias(work: UnitOfWork, row: dict[str, Any]) -> None:
    """A plain insert: when somebody else accepted this alias first, the caller decides anew."""
    await work.connection.execute(identity_alias.insert(), {**row, "accepted_at": work.now})


async def lead_on(work: UnitOfWork, aspect: str, scope: str, alias: str, canonical: str) -> None:
    """What led to the new alias leads to where it leads: chains stay one step long."""
    await work.connection.execute(
        update(identity_alias)
        .where(_accepted.aspect == aspect, _accepted.scope == scope, _accepted.canonical == alias)
        .values(canonical=canonical)
    )


async def list_aliases(connection: AsyncConnection, after: tuple[str, str, str] | None, limit: int) -> Sequence[AnyRow]:
    key = (_accepted.aspect, _accepted.scope, _accepted.alias)
    statement = select(identity_alias).order_by(*key).limit(limit)
    if after is not None:
        aspect, scope, alias = after
        statement = statement.where(
            (key[0] > aspect) | ((key[0] == aspect) & ((key[1] > scope) | ((key[1] == scope) & (key[2] > alias))))
        )
    return (await connection.execute(statement)).all()


async def code_aliases(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, str]:
    """Accepted codes (and names in a decision) to the USCC that each stands for."""
    found: dict[str, str] = {}
    for at in range(0, len(codes), KEYS_A_QUERY):
        statement = select(_accepted.alias, _accepted.canonical).where(
            _accepted.aspect == Aspect.SUBJECT,
            among(connection.dialect.name, _accepted.alias, codes[at : at + KEYS_A_QUERY]),
        )
        found |= {row.alias: row.canonical for row in await connection.execute(statement)}
    return found


async def number_aliases(connection: AsyncConnection, subjects: Sequence[str]) -> dict[tuple[str, str], str]:
    """Accepted document numbers of these subjects to the key that each stands for."""
    found: dict[tuple[str, str], str] = {}
    for at in range(0, len(subjects), KEYS_A_QUERY):
        statement = select(_accepted.scope, _accepted.alias, _accepted.canonical).where(
            _accepted.aspect == Aspect.DOCUMENT_NUMBER,
            among(connection.dialect.name, _accepted.scope, subjects[at : at + KEYS_A_QUERY]),
        )
        found |= {(row.scope, row.alias): row.canonical for row in await connection.execute(statement)}
    return found
