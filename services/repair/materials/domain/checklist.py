"""What an application still lacks: the papers of its generation against those that are there or promised. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.repair.materials.domain.papers import Generation, Paper, PaperFor, PaperKind
from shared.vocabulary import Severity


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One place of the checklist: a kind of paper, for one record or for the whole application."""

    kind: PaperKind
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A paper that is asked for, and the slots of which one must be filled."""

    any_of: tuple[Slot, ...]
    curable: bool


def needs_of(generation: Generation, records: Mapping[str, Severity | None]) -> tuple[Need, ...]:
    """Every need of these records with their classes; papers that stand for each other make one need."""
    found: dict[tuple[str, str | None], list[tuple[Slot, Paper]]] = {}
    for paper, record_id in _wanted(generation, records):
        slot = Slot(paper.kind, record_id)
        found.setdefault((paper.either or paper.kind, record_id), []).append((slot, paper))
    return tuple(
        Need(tuple(slot for slot, _ in slots), all(paper.curable for _, paper in slots)) for slots in found.values()
    )


def open_needs(needs: Collection[Need], filled: Collection[Slot]) -> tuple[Need, ...]:
    """Needs with no slot filled. A paper that is given without a record serves every record."""
    have = set(filled)
    return tuple(need for need in needs if not any(slot in have or Slot(slot.kind) in have for slot in need.any_of))


def _wanted(generation: Generation, records: Mapping[str, Severity | None]) -> list[tuple[Paper, str | None]]:
    wanted: list[tuple[Paper, str | None]] = []
    for paper in generation.asked_for([_class_of(one) for one in records.values()]):
        if paper.one_for is PaperFor.APPLICATION:
            wanted.append((paper, None))
        else:
            wanted += [(paper, one) for one, severity in records.items() if _class_of(severity) in paper.severities]
    return wanted


def _class_of(severity: Severity | None) -> Severity:
    return severity or Severity.ORDINARY
