"""Compute a stored window again from what is stored with it: the same, different, or judged by packs that are lost.

Pure: the caller brings the packs of every adoption. Serves G03.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.disclosure.domain.settle import settled_from
from shared.policy import Evaluator, Window, facts_of, from_json


class Result(StrEnum):
    """What came of one window."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN_PACKS = "unknown_packs"


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """One publication's window as it lies in the database."""

    provenance: str | None
    basis: str | None
    opens_on: date | None
    closes_on: date | None
    offline_on: date | None
    repair_from_on: date | None


def recomputed(stored: StoredWindow, packs: Mapping[str, Evaluator]) -> Result:
    """`packs` by version. Every part must come out bit for bit, and so must what is put together from them."""
    if stored.provenance is None:
        return Result.DIFFERENT
    window = from_json(json.loads(stored.provenance))
    settled = settled_from(json.loads(stored.provenance), json.loads(stored.basis) if stored.basis else None)
    parts = [part for part in (settled.end, settled.repair, settled.waiting) if part is not None]
    if any(part.provenance.pack_version not in packs for part in parts):
        return Result.UNKNOWN_PACKS
    fits = settled.window == window and _days(window) == (
        stored.opens_on,
        stored.closes_on,
        stored.offline_on,
        stored.repair_from_on,
    )
    return Result.SAME if fits and all(_comes_out(part, packs) for part in parts) else Result.DIFFERENT


def _comes_out(part: Window, packs: Mapping[str, Evaluator]) -> bool:
    facts, as_of = facts_of(part.provenance.inputs)
    again = packs[part.provenance.pack_version].evaluate(facts, as_of)
    return part in again


def _days(window: Window) -> tuple[date | None, ...]:
    return window.opens_on, window.closes_on, window.offline_on, window.repair_from_on
