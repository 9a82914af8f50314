"""What other packs would change, told before anybody adopts them: a dry run over the register (试运行).

The caller brings every record that somebody sees or may see yet: what has ended stays ended under any packs. Streams,
keeps counts and a bounded list. Decides and stores nothing; that a stored window is never lengthened is the caller's
rule. Serves G03.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from shared.policy.answer_words import AnswerChange, changed_answers, told
from shared.policy.evaluate import AUDIENCES
from shared.policy.evaluator import Evaluator, Ruling
from shared.policy.model import Facts, Window
from shared.policy.outline import Outline
from shared.policy.pack import Packs
from shared.policy.periods import day_before
from shared.policy.wording import AUDIENCE, Language
from shared.vocabulary import Audience, Publishability

_Name = TypeVar("_Name", bound=str)

_NO_ENDS: Mapping[Audience, date] = MappingProxyType({})

LISTED = 1_000
"""Changed records that a comparison names; it counts all of them."""

_KNOWN = 100_000
"""Pairs of rulings whose difference is remembered; then it starts afresh."""


class ChangeKind(StrEnum):
    """How a window would change. One record may change in several ways."""

    APPEARS = "appears"  # 将公示 (had waited for a person)
    DISAPPEARS = "disappears"  # 将下线
    SHORTER = "shorter"  # 公示期缩短
    LONGER = "longer"  # 公示期延长（不溯及既往，不执行）
    SEVERITY = "severity"  # 失信程度变化
    REPAIR_DATE = "repair_date"  # 可申请修复之日变化
    NEEDS_CONFIRMATION = "needs_confirmation"  # 须人工确认


NEVER_APPLIED = frozenset({ChangeKind.LONGER})
"""Only shown in a comparison: a record that was judged before keeps its shorter window, or stays out of sight."""

_NAMES: dict[ChangeKind, dict[Language, str]] = {
    ChangeKind.APPEARS: {"zh": "将予公示", "en": "would be shown"},
    ChangeKind.DISAPPEARS: {"zh": "将下线", "en": "would go offline"},
    ChangeKind.SHORTER: {"zh": "公示期缩短", "en": "would end earlier"},
    ChangeKind.LONGER: {"zh": "公示期将延长（不溯及既往，不执行）", "en": "would last longer (never applied)"},
    ChangeKind.SEVERITY: {"zh": "失信程度变化", "en": "would change their severity"},
    ChangeKind.REPAIR_DATE: {"zh": "可申请修复之日变化", "en": "would be repairable from another day"},
    ChangeKind.NEEDS_CONFIRMATION: {"zh": "须人工确认", "en": "would need a person to confirm"},
}


def kind_words(kind: ChangeKind, lang: Language) -> str:
    """What a change does to records."""
    return _NAMES[kind][lang]


_STOPS: dict[Language, str] = {
    "zh": "清单仅列出{changes}项变化中的前{listed}项，计数为全部。",
    "en": "The list names the first {listed} of {changes} changes; the counts have all.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One audience of one record that would change, with the last lawful day before and after."""

    record_id: str
    city: str
    audience: Audience
    kinds: tuple[ChangeKind, ...]
    closes_on: date | None
    new_closes_on: date | None
    rule_id: str
    new_rule_id: str


@dataclass(frozen=True, slots=True)
class AudienceChange:
    """How one audience's window would change, for all records that are judged alike."""

    audience: Audience
    kinds: tuple[ChangeKind, ...]
    closes_on: date | None
    new_closes_on: date | None
    rule_id: str
    new_rule_id: str

    def of(self, record_id: str, city: str) -> Change:
        days = self.closes_on, self.new_closes_on
        return Change(record_id, city, self.audience, self.kinds, *days, self.rule_id, self.new_rule_id)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference that `new_version` makes on one day."""

    old_version: str
    new_version: str
    as_of: date
    records: int
    changed_records: int
    by_audience: Mapping[Audience, Mapping[ChangeKind, int]]
    by_city: Mapping[str, Mapping[ChangeKind, int]]
    changes: tuple[Change, ...]
    changes_in_all: int
    answers: tuple[AnswerChange, ...] = ()  # what the new packs answer otherwise


class Comparer:
    """Takes records one after the other; `result` may be asked at any time."""

    def __init__(self, old: Packs, new: Packs, as_of: date, listed: int = LISTED) -> None:
        self._old, self._new, self._as_of, self._listed = Evaluator(old), Evaluator(new), as_of, listed
        # What was reached by then is acquired for good, unless the new packs answer that it is not (R02).
        self._acquired_by = as_of if new.settings.answers.keeps_reached_repair else date.min
        # Records that are judged alike before and after change alike; most of them not at all.
        self._known: dict[tuple[Ruling, Ruling], tuple[AudienceChange, ...]] = {}
        self._records = self._changed = self._in_all = 0
        self._by_audience: Counter[tuple[Audience, ChangeKind]] = Counter()
        self._by_city: Counter[tuple[str, ChangeKind]] = Counter()
        self._changes: list[Change] = []

    def add(
        self,
        record_id: str,
        city: str,
        facts: Facts,
        audiences: Collection[Audience] = AUDIENCES,
        ends: Mapping[Audience, date] = _NO_ENDS,
    ) -> list[Change]:
        """What would change of this record, whether or not the list has room for it.

        `audiences` are those that see the record, or may see it yet; the others have nothing to lose. `ends` are the
        days from which the stored windows show it no more: an earlier one than that of the packs in force holds.
        """
        self._records += 1
        pair = self._old.ruling(facts, self._as_of), self._new.ruling(facts, self._as_of)
        held = tuple(
            _held(outline, ends.get(audience)) for audience, outline in zip(AUDIENCES, pair[0].outlines, strict=True)
        )
        changes = self._known.get(pair) if held == pair[0].outlines else self._differences(held, pair[1])
        if changes is None:
            changes = self._learn(pair)
        changes = tuple(change for change in changes if change.audience in audiences)
        if not changes:
            return []
        self._changed += 1
        self._in_all += len(changes)
        self._by_audience.update((change.audience, kind) for change in changes for kind in change.kinds)
        self._by_city.update((city, kind) for kind in {kind for change in changes for kind in change.kinds})
        named = [change.of(record_id, city) for change in changes]
        self._changes += named[: max(0, self._listed - len(self._changes))]
        return named

    @property
    def records(self) -> int:
        """How many it has taken."""
        return self._records

    def _learn(self, pair: tuple[Ruling, Ruling]) -> tuple[AudienceChange, ...]:
        if len(self._known) >= _KNOWN:
            self._known.clear()
        found = self._known[pair] = self._differences(pair[0].outlines, pair[1])
        return found

    def _differences(self, held: Sequence[Outline], new: Ruling) -> tuple[AudienceChange, ...]:
        return _changes(held, new.outlines, self._as_of, self._acquired_by)

    def result(self) -> Comparison:
        return Comparison(
            old_version=self._old.packs.version,
            new_version=self._new.packs.version,
            as_of=self._as_of,
            records=self._records,
            changed_records=self._changed,
            by_audience={audience: _of(self._by_audience, audience) for audience in Audience},
            by_city={city: _of(self._by_city, city) for city in sorted({city for city, _ in self._by_city})},
            changes=tuple(self._changes),
            changes_in_all=self._in_all,
            answers=changed_answers(self._old.packs.settings, self._new.packs.settings),
        )


def compare(register: Iterable[tuple[str, str, Facts]], old: Packs, new: Packs, as_of: date) -> Comparison:
    """Run both packs over a register of (record id, division code of the city, facts)."""
    comparer = Comparer(old, new, as_of)
    for record_id, city, facts in register:
        comparer.add(record_id, city, facts)
    return comparer.result()


def summary(comparison: Comparison, lang: Language = "zh") -> list[str]:
    """The comparison in plain sentences."""
    heads = {
        "zh": "截至{c.as_of}，规则包{c.new_version}与{c.old_version}相比："
        "共{c.records}条，其中{c.changed_records}条将有变化。",
        "en": "As of {c.as_of}, packs {c.new_version} against {c.old_version}: "
        "{c.changed_records} of {c.records} records would change.",
    }
    sentences = [heads[lang].format(c=comparison), *(told(one, lang) for one in comparison.answers)]
    sentence = {"zh": "在{audience}：{number}条{what}。", "en": "On {audience}: {number} {what}."}[lang]
    for audience, counts in comparison.by_audience.items():
        sentences += [
            sentence.format(audience=AUDIENCE[audience][lang], number=number, what=_NAMES[kind][lang])
            for kind, number in counts.items()
        ]
    if comparison.changes_in_all > len(comparison.changes):
        sentences.append(_STOPS[lang].format(listed=len(comparison.changes), changes=comparison.changes_in_all))
    return sentences


def is_visible(window: Window | Outline, as_of: date) -> bool:
    """Whether the public sees the record on this day."""
    return window.publishability is Publishability.SHOWN and window.offline_on is not None and as_of < window.offline_on


def _held(outline: Outline, end: date | None) -> Outline:
    """What holds of a window: the packs in force, or the earlier end that is stored."""
    if end is None or outline.offline_on is None or outline.offline_on <= end:
        return outline
    return outline._replace(offline_on=end, closes_on=day_before(end))


def _changes(
    old: Sequence[Outline], new: Sequence[Outline], as_of: date, acquired_by: date
) -> tuple[AudienceChange, ...]:
    changes = (_change(*both, as_of, acquired_by) for both in zip(AUDIENCES, old, new, strict=True))
    return tuple(change for change in changes if change.kinds)


def _change(audience: Audience, old: Outline, new: Outline, as_of: date, acquired_by: date) -> AudienceChange:
    kinds = tuple(_kinds(old, new, as_of, acquired_by))
    return AudienceChange(audience, kinds, old.closes_on, new.closes_on, old.rule_id, new.rule_id)


def _kinds(old: Outline, new: Outline, as_of: date, acquired_by: date) -> Iterator[ChangeKind]:
    was, is_now = is_visible(old, as_of), is_visible(new, as_of)
    if was and not is_now:
        yield ChangeKind.DISAPPEARS
    if is_now and not was:
        waited = old.publishability is Publishability.AWAITING_CONFIRMATION
        yield ChangeKind.APPEARS if waited else ChangeKind.LONGER
    if was and is_now:
        yield from _of_both_visible(old, new, acquired_by)
    if new.needs_confirmation and not old.needs_confirmation:
        yield ChangeKind.NEEDS_CONFIRMATION


def _of_both_visible(old: Outline, new: Outline, acquired_by: date) -> Iterator[ChangeKind]:
    if old.offline_on is not None and new.offline_on is not None and old.offline_on != new.offline_on:
        yield ChangeKind.SHORTER if new.offline_on < old.offline_on else ChangeKind.LONGER
    if old.severity is not new.severity:
        yield ChangeKind.SEVERITY
    reached = old.repair_from_on is not None and old.repair_from_on <= acquired_by
    if old.repair_from_on != new.repair_from_on and not reached:
        yield ChangeKind.REPAIR_DATE


def _of(counter: Mapping[tuple[_Name, ChangeKind], int], name: _Name) -> dict[ChangeKind, int]:
    return {kind: counter[name, kind] for kind in ChangeKind if (name, kind) in counter}
