"""What the packs answer where the law leaves room (答复): typed for the engine, and as a lawyer wrote it down.

Knows which questions there are and which answers are built; where only one is, it says why. Reads no file and computes
no window. Serves G03.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.policy.periods import CUSTOMARY, Arithmetic
from shared.policy.source import Source
from shared.vocabulary import RegistryStatus


class StartDay(StrEnum):
    """Whether the day from which a period is counted is itself counted (起算日是否计入)."""

    EXCLUDED = "excluded"
    INCLUDED = "included"


class LastDay(StrEnum):
    """Whether a record is still shown on the corresponding day (届满日是否仍公示)."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class ReachedRepair(StrEnum):
    """What becomes of a repair date that was reached under an earlier version (已届至的修复日期)."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"


class RepairMinimum(StrEnum):
    """Which minimum the own column asks for where it and the credit sites differ."""

    EACH_AUDIENCE = "each_audience"
    LATER = "later"


class AtMaximum(StrEnum):
    """What follows when a penalty that was not performed reaches its maximum; it is never shown beyond it."""

    ENDS_WITH_TASK = "ends_with_task"
    ENDS = "ends"


class CutEnd(StrEnum):
    """The last lawful day of a record that a version ends by a day before its own first day."""

    COMPUTED_DAY = "computed_day"
    EVE_OF_VERSION = "eve_of_version"


class OlderDecisions(StrEnum):
    """What governs decisions that are older than the first version of the packs."""

    FIRST_VERSION = "first_version"
    NOT_SHOWN = "not_shown"


ABNORMAL_BY_LETTER = frozenset(
    {RegistryStatus.DEREGISTERED, RegistryStatus.DEREGISTRATION_HANDLED, RegistryStatus.BANKRUPTCY_ANNOUNCED}
)
"""The three that 苏应急函〔2022〕33号 names; a subject in reorganisation goes on and is none of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that every set of packs answers: with one of these values, or with some of them where `many`.

    `why_only` says why nothing else may stand there.
    """

    values: tuple[str, ...]
    many: bool = False
    why_only: str = ""


def _open(choices: type[StrEnum]) -> Question:
    return Question(tuple(choices))


def _only(value: str, why: str) -> Question:
    return Question((value,), why_only=why)


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "start_day": _open(StartDay),
        "last_day": _open(LastDay),
        "month_end": _only("clamped", "民法典 art. 202 ends the period on the last day of a month that is too short"),
        "holiday_roll": _only("off", "民法典 art. 203 protects who must act; here it would show a record for longer"),
        "time_zone": _only("asia_shanghai", "China has one legal time"),
        "version_boundary": _only("judged_anew", "what was not judged anew would be shown by a rule that is gone"),
        "reached_repair_dates": _open(ReachedRepair),
        "repair_minimum": _open(RepairMinimum),
        "cut_end": _open(CutEnd),
        "older_decisions": _open(OlderDecisions),
        "abnormal_statuses": Question(
            tuple(sorted(ABNORMAL_BY_LETTER)),
            many=True,
            why_only="a clearing is for good, so only statuses without a way back make an abnormal operator",
        ),
        "reorganisation": _only("goes_on", "nothing here hides a record for a time, and a clearing is for good"),
        "stored_windows": _only("stored_wins", "no adoption may lengthen a window that somebody was told of"),
        "hidden_by_version": _only("for_good", "what left the public is shown again by an explicit act alone"),
        "suspended_then_ended": _only("left_for_good", "what left the public is shown again by an explicit act alone"),
        "packs_proved_wrong": _only("explicit_act", "each record that comes back needs a person and a reason"),
        "missing_fact": _only("not_shown", "nothing may be shown on a guess"),
        "listed_entries": _only("rule_of_listing_day", "a later text would lengthen what was decided"),
        "unperformed_at_maximum": _open(AtMaximum),
        "fresh_violation": _only("new_record", "a repair that was approved is not undone by another case"),
        "repeated_exit": _only("first_day", "a filed form must come out the same when it is counted again"),
        "other_exits": _only("in_total", "the official form has two sub-columns, and neither fits"),
        "grave_abnormal": _only("batch_of_its_own", "grave conduct is not cleared together with the rest"),
        "attachment_contacts": _only("not_taken", "no field of the record holds them"),
        "watch_lists": _only("not_published", "only the list of 应急管理部令第11号 has a basis for publication"),
        "local_black_lists": _only("no_list", "the conditions of listing are national"),
        "foreign_records": _only("own_sources", "a client hands in for the authorities of its token and no other"),
        "representative_number": _only("never", "no column of a portal and no page has a place for it"),
        "merged_cells": _only("top_left", "a row must be readable by itself, the same way for every file"),
        "file_contents": _only("by_content", "an ending can be wrong; the bytes are what was handed in"),
        "verdict_rows": _only("data_rows", "a verdict names the row by number, sheet and line at once"),
    }
)
"""Every question that the packs answer, by id, in the order in which people read them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry as it was written: which question of the law it settles, what holds, where that stands."""

    answer_id: str
    settles: tuple[str, ...]
    question: str
    question_zh: str
    values: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Answers:
    """What the engine asks for. The defaults are what packs of before 2026-11 meant, which answer nothing."""

    arithmetic: Arithmetic = CUSTOMARY
    reached_repair_dates: ReachedRepair = ReachedRepair.KEPT
    repair_minimum: RepairMinimum = RepairMinimum.EACH_AUDIENCE
    cut_end: CutEnd = CutEnd.COMPUTED_DAY
    older_decisions: OlderDecisions = OlderDecisions.FIRST_VERSION
    unperformed_at_maximum: AtMaximum = AtMaximum.ENDS_WITH_TASK
    abnormal_statuses: frozenset[RegistryStatus] = ABNORMAL_BY_LETTER
    stated: tuple[Answer, ...] = ()

    @property
    def keeps_reached_repair(self) -> bool:
        return self.reached_repair_dates is ReachedRepair.KEPT

    def values(self) -> dict[str, tuple[str, ...]]:
        """What holds for every question, also of packs that state nothing."""
        chosen = {
            "start_day": (StartDay.INCLUDED if self.arithmetic.start_counts else StartDay.EXCLUDED,),
            "last_day": (LastDay.INCLUSIVE if self.arithmetic.last_day_counts else LastDay.EXCLUSIVE,),
            "reached_repair_dates": (self.reached_repair_dates,),
            "repair_minimum": (self.repair_minimum,),
            "cut_end": (self.cut_end,),
            "older_decisions": (self.older_decisions,),
            "unperformed_at_maximum": (self.unperformed_at_maximum,),
            "abnormal_statuses": tuple(sorted(self.abnormal_statuses)),
        }
        return {name: chosen.get(name, question.values) for name, question in QUESTIONS.items()}


UNANSWERED = Answers()
"""What packs mean that lack the file."""
