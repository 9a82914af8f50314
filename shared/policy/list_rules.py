"""The law of the serious list (严重失信主体名单) as data, and what it is asked about one entry, as plain values.

A list entry is another object than a penalty record and has its own clock; neither is derived from the other. Decides
nothing; `list_window` does. Serves G03.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from shared.policy.clock_start import CountFrom
from shared.policy.model import Provenance
from shared.policy.periods import Duration
from shared.policy.source import Source


class NoticeItem(StrEnum):
    """What a prior notice (列入前告知) must state."""

    FACTS = "facts"  # 事由
    BASIS = "basis"  # 依据
    RIGHTS = "rights"  # 依法享有的权利
    TERM = "term"  # 列入时间
    MEASURES = "measures"  # 管理措施提示


class RemovalCondition(StrEnum):
    """What must hold before an early removal (提前移出)."""

    OBLIGATIONS_FULFILLED = "obligations_fulfilled"  # 履行义务
    EFFECTS_REMOVED = "effects_removed"  # 消除不良影响
    NO_NEW_SITUATION = "no_new_situation"  # 未再发生列入情形


class PersonNames(StrEnum):
    """How the names of listed persons appear in public."""

    MASKED = "masked"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class EarlyRemoval:
    """提前移出: from the day after this period, and not while a statutory ban runs."""

    after: Duration
    waits_for_ban: bool
    conditions: frozenset[RemovalCondition]
    article: str
    source: Source


@dataclass(frozen=True, slots=True)
class Restart:
    """What false papers do: the removal is revoked, the entry restored, the period starts anew."""

    article: str
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class ListRule:
    """One text of the law about list entries with its effective dates. An entry ends by itself after `period` (R12)."""

    rule_id: str
    file: str
    family: str
    name: str
    article: str
    issuer: str
    effective_from: date
    effective_to: date | None
    count_from: CountFrom
    period: Duration
    prior_notice: frozenset[NoticeItem]
    early_removal: EarlyRemoval | None
    restart: Restart | None
    person_names: PersonNames
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class ListTransition:
    """How one region carries entries of an older rule over to a newer one."""

    transition_id: str
    file: str
    name: str
    article: str
    region: str
    effective_from: date
    from_rule: str
    to_rule: str
    count_from: CountFrom
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntryFacts:
    """What the law must know of one entry.

    `ban_until` is the last day of a statutory ban (职业或行业禁入). The two days before the last concern an entry that
    was carried over from an older list; `restarted_on` is the day of the decision that revoked a removal.
    """

    authority_region: str
    listed_on: date
    published_on: date | None = None
    ban_until: date | None = None
    applied_for_listing_on: date | None = None
    previously_published_on: date | None = None
    restarted_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListWindow:
    """管理期限: the entry is in force from `starts_on` until 00:00 Asia/Shanghai of `offline_on`.

    `closes_on` is the last day, `early_removal_from_on` the first day on which an early removal may be applied for and
    decided. `previous_closes_on` is the end under the older rule, shown beside the new one (Q15).
    """

    starts_on: date | None
    closes_on: date | None
    offline_on: date | None
    early_removal_from_on: date | None
    previous_closes_on: date | None
    needs_review: bool
    grounds: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ListCase:
    """A worked case of a list rule: facts and the window that a lawyer expects."""

    file: str
    entry: str
    facts: ListEntryFacts
    expected: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True, eq=False)
class ListRules:
    """All list rules, oldest first, with their transitions and worked cases."""

    rules: tuple[ListRule, ...] = ()
    transitions: tuple[ListTransition, ...] = ()
    cases: tuple[ListCase, ...] = ()

    def rule_on(self, day: date) -> ListRule:
        """The rule in force on a day; before the first one, the first (R09)."""
        return next((rule for rule in reversed(self.rules) if rule.effective_from <= day), self.rules[0])

    def rule(self, rule_id: str) -> ListRule:
        return next(rule for rule in self.rules if rule.rule_id == rule_id)
