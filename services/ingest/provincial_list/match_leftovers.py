"""Rows that are still missing here, beside our records with the same number and another subject: one pass, bounded."""

import json
from itertools import groupby
from typing import Any

from services.ingest.identity.domain.match import MatchKind, Reason
from services.ingest.identity.domain.proposal import Proposal, proposals_of
from services.ingest.identity.domain.resolve import resolve
from services.ingest.identity.look_up import look_up
from services.ingest.identity.store import insert_proposals
from services.ingest.provincial_list import store
from services.ingest.provincial_list.domain.outcome import FindingOutcome
from services.ingest.provincial_list.ours import claim_of, finding, our_claim, said_of
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

MOST_PAIRS = 5_000

_OTHER_SUBJECT = Reason(
    "number_of_another", "本方有此文书号，但主体不同", "We have a record with this number, of another subject."
)


async def match_leftovers(work: UnitOfWork, run: AnyRow) -> None:
    """Turns *missing here* into *proposed* where a person should look, and says what was seen where not."""
    pairs = await store.leftovers(work, run.comparison_id, run.list_id, MOST_PAIRS)
    known = await look_up(work.connection, [claim_of(pair) for pair in pairs])
    proposals: list[Proposal] = []
    replaced: list[dict[str, Any]] = []
    for _, group in groupby(pairs, key=lambda pair: pair.position):
        replaced.append(_best([_looked_at(pair, known, proposals) for pair in group]))
    await store.replace_findings(work, run.comparison_id, replaced)
    await insert_proposals(work, proposals, f"list {run.list_id}")


def _looked_at(pair: AnyRow, known: Any, proposals: list[Proposal]) -> dict[str, Any]:
    said, number = said_of(pair.our_content, pair.our_state)
    theirs, ours = claim_of(pair), our_claim(pair.our_subject_key, number, said.name)
    resolution = resolve(theirs, ours, known)
    if resolution.match.kind is MatchKind.NONE:
        reasons = [Reason(**one) for one in json.loads(pair.because)]
        return finding(pair, FindingOutcome.MISSING_HERE, because=(*reasons, _OTHER_SUBJECT))
    proposals.extend(proposals_of(theirs, ours, resolution))
    return finding(pair, FindingOutcome.PROPOSED, pair.our_record_id, resolution.match.because)


def _best(findings: list[dict[str, Any]]) -> dict[str, Any]:
    proposed = [one for one in findings if one["outcome"] is FindingOutcome.PROPOSED]
    return (proposed or findings)[0]
