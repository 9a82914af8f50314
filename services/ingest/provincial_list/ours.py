"""What our record says of a decision, as the comparison needs it; and the finding about one row of the list."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from services.ingest.identity.domain.match import Reason
from services.ingest.identity.domain.resolve import Claim
from services.ingest.identity.domain.subjects import SubjectClaim
from services.ingest.provincial_list.domain.fields import Difference, Said
from services.ingest.provincial_list.domain.outcome import FindingOutcome
from services.ingest.provincial_list.store import as_json
from shared.database.types import AnyRow


def said_of(content: str, state: str) -> tuple[Said, str]:
    """The fields that are compared, and the number as printed."""
    record = json.loads(content)
    detail = record["detail"]
    said = Said(
        name=record["subject"]["name"],
        decided_on=date.fromisoformat(record["decided_on"]),
        authority_name=record["issuing_authority"]["name"],
        penalty_types=";".join(sorted(detail.get("penalty_types", ()))),
        fine=str(detail.get("fine") or ""),
        is_valid=state == "valid",
    )
    return said, record["document_number"]


def said_by(entry: AnyRow) -> Said:
    """What a row of the list says."""
    return Said(entry.name, entry.decided_on, entry.authority_name, entry.penalty_types, entry.fine)


def claim_of(entry: AnyRow) -> Claim:
    """How a row of the list names its decision. A person's key is no code: persons meet in the join or not at all."""
    code = "" if entry.subject_key.startswith("person-") else entry.subject_key or entry.code
    return Claim(entry.document_number, SubjectClaim(code, entry.name))


def our_claim(subject_key: str, number: str, name: str) -> Claim:
    return Claim(number, SubjectClaim("" if subject_key.startswith("person-") else subject_key, name))


def finding(
    entry: AnyRow,
    outcome: FindingOutcome,
    record_id: str | None = None,
    because: Iterable[Reason] = (),
    differing: Iterable[Difference] = (),
) -> dict[str, Any]:
    """One line of the result about a row of the list."""
    return {
        "position": f"1-{entry.row:09d}",
        "outcome": outcome,
        "row": entry.row,
        "record_id": record_id,
        "subject_key": entry.subject_key or entry.code,
        "name": entry.name,
        "document_number": entry.document_number,
        "region": entry.region,
        "because": as_json(because),
        "differences": as_json(differing),
    }
