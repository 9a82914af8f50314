"""The law as data, parsed: documents with their classes, exclusions, settings, and who governs whom and when.

`Packs` is what a lawyer edits, checked and indexed; it computes no window. A timeline is the sequence of documents that
govern one kind of record for one audience in one region. Serves G03.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shared.policy.answers import UNANSWERED, Answers
from shared.policy.clock_start import CountFrom
from shared.policy.list_rules import ListRules
from shared.policy.model import Facts
from shared.policy.periods import Duration
from shared.policy.source import Confidence, Source
from shared.vocabulary import Audience, PenaltyType, RecordKind, Severity

ELSEWHERE = ""
"""The region of every document that names none."""


class RepairMode(StrEnum):
    """When 信用修复 may be applied for."""

    AFTER_MINIMUM = "after_min"
    ON_FULFILMENT = "on_fulfilment"
    NEVER = "never"


class Mode(StrEnum):
    """Which versions govern a record. None ever lengthens a window."""

    MOST_FAVOURABLE = "most_favourable"
    AS_OF_DECISION = "as_of_decision"
    AS_OF_EVALUATION = "as_of_evaluation"  # the class of the version in force today, the end of no version exceeded


@dataclass(frozen=True, slots=True, eq=False)
class RuleClass:
    """One row of a document: if its conditions hold, this severity, these periods, this display.

    A condition in `confirm` alone only proposes the class; the record falls through to a milder one and waits for a
    person (R07).
    """

    rule_id: str
    severity: Severity | None
    when: tuple[str, ...]
    confirm: tuple[str, ...]
    publish_to: frozenset[Audience]
    minimum: Duration | None
    maximum: Duration | None  # None: the record ends with its own validity
    repair: RepairMode
    article: str
    confidence: Confidence
    count_from: CountFrom | None = None  # None: a pack of before 2026-11 that does not say; it meant the decision


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One text of the law with its effective dates. A frame (`classes` empty) sets no window."""

    document_id: str
    file: str
    family: str
    kind: RecordKind
    audiences: frozenset[Audience]
    region: str
    name: str
    issuer: str
    effective_from: date
    effective_to: date | None
    carries: Audience | None
    article: str
    source: Source
    classes: tuple[RuleClass, ...]


class Effect(StrEnum):
    """What an exclusion does with the records that it is about."""

    WITHHOLD = "withhold"  # 不予公示
    MASK = "mask"  # 隐去身份后公示


@dataclass(frozen=True, slots=True, eq=False)
class Exclusion:
    """不予公示: a case that is withheld from some audiences, or shown there masked, whatever the documents say."""

    exclusion_id: str
    when: str
    audiences: frozenset[Audience]
    effect: Effect
    article: str
    source: Source


@dataclass(frozen=True, slots=True)
class SituationList:
    """The situations that a text calls serious, by id, while it is in force."""

    list_id: str
    serious_list: bool
    effective_from: date
    effective_to: date | None
    situations: Mapping[str, str]
    source: Source


@dataclass(frozen=True, slots=True)
class Settings:
    """The cross-cutting choices of `selection.toml`, `exclusions.toml`, `lists.toml` and `answers.toml`."""

    label: str
    mode: Mode
    show_overdue_on_first_submission: bool
    overdue_article: str
    fine_tiers: Mapping[str, Decimal]
    penalty_groups: Mapping[str, frozenset[PenaltyType]]
    region_aliases: Mapping[str, str]
    exclusions: tuple[Exclusion, ...]
    lists: tuple[SituationList, ...]
    answers: Answers = UNANSWERED

    def knows_situation(self, situation: str) -> bool:
        return any(situation in entry.situations for entry in self.lists)


@dataclass(frozen=True, slots=True)
class Version:
    """A document as it governs from one day on, for one audience and region."""

    starts_on: date
    document: Document


Timeline = tuple[Version, ...]
TimelineKey = tuple[RecordKind, Audience, str]


@dataclass(frozen=True, slots=True)
class Packs:
    """A complete, checked set of packs. `version` changes with every character of it."""

    version: str
    documents: tuple[Document, ...]
    settings: Settings
    timelines: Mapping[TimelineKey, Timeline]
    boundaries: tuple[date, ...]
    regions: tuple[str, ...]  # codes that some document names, the most specific first
    lists: ListRules = field(default_factory=ListRules)

    def era(self, day: date) -> int:
        """Which stretch between two boundaries a day lies in; all days of an era are judged by the same rules."""
        return bisect_right(self.boundaries, day)

    def boundaries_after(self, day: date) -> tuple[date, ...]:
        """The days after this one on which something begins or has just ended."""
        return self.boundaries[self.era(day) :]

    def region_of(self, authority_region: str) -> str | None:
        """The most specific region of the packs that covers a division code; None when the code is unreadable."""
        code = self.settings.region_aliases.get(authority_region, authority_region)
        if len(code) not in {6, 9, 12} or not (code.isascii() and code.isdigit()):
            return None
        return next((region for region in self.regions if covers(region, code)), ELSEWHERE)

    def timeline(self, facts: Facts, audience: Audience) -> Timeline | None:
        """The documents that govern these facts for this audience; None when the region must be known and is not."""
        regional = self.timelines.get((facts.kind, audience, ELSEWHERE), ())
        if not any((facts.kind, audience, region) in self.timelines for region in self.regions):
            return regional
        region = self.region_of(facts.authority_region)
        return None if region is None else self.timelines.get((facts.kind, audience, region), regional)


def covers(region: str, code: str) -> bool:
    """Whether a division code lies in a region: 320000 covers all of 32, 320400 all of 3204."""
    return code.startswith(division_prefix(region))


def division_prefix(region: str) -> str:
    """What the codes of all divisions of a region begin with."""
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region
