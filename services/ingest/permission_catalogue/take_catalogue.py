"""Take a catalogue in as the next version, which is public from then on. The same file for the same day is refused."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from services.ingest.permission_catalogue import store
from services.ingest.permission_catalogue.items import PermissionItem
from shared.errors import CONFLICT, MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose catalogue it is, of which day, and which file it came in."""

    source: str
    as_of: date
    file_name: str
    file_digest: str


async def take_catalogue(work: UnitOfWork, of: Origin, items: Sequence[PermissionItem], by: str) -> int:
    """Returns the version. Raises `Problem` without a source, or when the file is known."""
    source = strip_control(of.source).strip()
    if not source:
        errors = [{"field": "source", "reason": "whose catalogue it is"}]
        raise Problem(MALFORMED, "The catalogue cannot be taken.", errors=errors)
    same = await store.find_same(work.connection, source, of.as_of, of.file_digest)
    if same is not None:
        raise Problem(CONFLICT, f"This file is version {same} already.", version=same)
    version = await store.newest_version(work.connection) + 1
    row = {
        "version": version,
        "source": source,
        "as_of": of.as_of,
        "file_name": strip_control(of.file_name).strip()[:200],
        "file_digest": of.file_digest,
        "items": len(items),
        "taken_by": by,
    }
    await store.insert_catalogue(work, row, [asdict(item) for item in items])
    payload = {"source": source, "as_of": of.as_of.isoformat(), "items": len(items), "file_digest": of.file_digest}
    work.audit(Act(Action.PERMISSION_CATALOGUE_TAKEN, by, str(version), payload=payload))
    return version
