"""What the register knows of many subjects, for check V04 and the resolver."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.ingest.registry import store
from services.ingest.registry.domain.entry import FormerKind
from shared.database.connection import AsyncConnection
from shared.vocabulary import RegistryStatus


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """`names` is empty when the register has told a status only; names are in the form of `normalise_text`."""

    names: frozenset[str]
    former_names: frozenset[str]
    status: RegistryStatus | None


async def known_subjects(connection: AsyncConnection, usccs: Collection[str]) -> Mapping[str, KnownSubject]:
    """By USCC; a subject of which the register has told nothing is missing, which is no fault of the row.

    For the judge (V04): call it once a batch and before the transaction, with the codes of the rows that
    `find_known` has not recognised; two statements whatever their number, 500 codes take about a millisecond each.
    Warn when `names` is not empty and the row's name is in neither set; a name in `former_names` deserves a note.
    Without a single code it asks nothing.
    """
    codes = sorted(set(usccs))
    if not codes:
        return {}
    rows = await store.read_registered(connection, codes)
    formers = await store.find_former(connection, [row.uscc for row in rows]) if rows else {}
    return {
        row.uscc: KnownSubject(
            names=frozenset({row.name} if row.name else ()),
            former_names=frozenset(value for kind, value in formers.get(row.uscc, ()) if kind == FormerKind.NAME),
            status=RegistryStatus(row.status) if row.status else None,
        )
        for row in rows
    }
