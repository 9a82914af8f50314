"""Pack files about list entries (`object = "list_entry"` or `"list_transition"`) to checked rules.

Refuses what it does not understand, a gap, an overlap, a missing list of situations, and too few worked cases; whether
the cases hold is asked in `list_cases`. Serves G03.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from shared.policy.cases import FEWEST
from shared.policy.clock_start import OF_LIST_RULES, OF_LIST_TRANSITIONS, CountFrom
from shared.policy.list_cases import parse_list_case
from shared.policy.list_rules import (
    EarlyRemoval,
    ListCase,
    ListRule,
    ListRules,
    ListTransition,
    NoticeItem,
    PersonNames,
    RemovalCondition,
    Restart,
)
from shared.policy.pack import Settings
from shared.policy.periods import Duration, day_after, last_day, parse_duration
from shared.policy.source import cited
from shared.policy.table import PackError, Table

ENTRY, TRANSITION = "list_entry", "list_transition"
_REFERENCE_DAY = date(2024, 2, 29)


def parse_lists(tables: Sequence[Table], settings: Settings) -> ListRules:
    """The list rules of a set of packs, checked against each other and against `lists.toml`."""
    rules: list[ListRule] = []
    transitions: list[ListTransition] = []
    cases: list[ListCase] = []
    for table in tables:
        cases += _cases(table)
        kind = table.text("object")
        if kind == ENTRY:
            rules.append(_rule(table))
        elif kind == TRANSITION:
            transitions.append(_transition(table))
        else:
            raise table.refuse(f"object must be {ENTRY} or {TRANSITION}, found {kind!r}")
    rules.sort(key=lambda rule: rule.effective_from)
    _check_sequence(rules)
    for rule in rules:
        _check_situations(rule, settings)
    for transition in transitions:
        _check_transition(transition, rules)
    return ListRules(tuple(rules), tuple(transitions), tuple(cases))


def _cases(table: Table) -> list[ListCase]:
    tables = table.tables("case")
    if len(tables) < FEWEST:
        raise table.refuse(f"{len(tables)} worked cases, at least {FEWEST} are needed")
    return [parse_list_case(case) for case in tables]


def _rule(table: Table) -> ListRule:
    name, title = table.text("document"), table.optional_text("title")
    rule = ListRule(
        rule_id=table.text("id"),
        file=table.file,
        family=table.text("family"),
        name=name,
        article=cited(name, title, table.text("article")),
        issuer=table.text("issuer"),
        effective_from=table.day("effective_from"),
        effective_to=table.optional_day("effective_to"),
        count_from=table.choice("count_from", CountFrom, among=OF_LIST_RULES),
        period=_duration(table, "period"),
        prior_notice=table.choices("prior_notice", NoticeItem) if table.has("prior_notice") else frozenset(),
        early_removal=_early_removal(table.table("early_removal"), name, title) if table.has("early_removal") else None,
        restart=_restart(table.table("false_papers"), name, title) if table.has("false_papers") else None,
        person_names=table.choice("person_names", PersonNames, PersonNames.MASKED),
        source=table.source(),
    )
    table.texts("notes", ())
    table.done()
    _check_rule(table, rule)
    return rule


def _check_rule(table: Table, rule: ListRule) -> None:
    early = rule.early_removal
    if early and last_day(_REFERENCE_DAY, early.after) >= last_day(_REFERENCE_DAY, rule.period):
        raise table.refuse(f"early removal after {early.after.text} is not before the end of {rule.period.text}")
    if rule.restart and not early:
        raise table.refuse("false_papers needs early_removal: without a removal there is nothing to revoke")


def _early_removal(table: Table, name: str, title: str | None) -> EarlyRemoval:
    removal = EarlyRemoval(
        after=_duration(table, "after"),
        waits_for_ban=table.flag("waits_for_ban"),
        conditions=table.choices("conditions", RemovalCondition),
        article=cited(name, title, table.text("article")),
        source=table.source(),
    )
    table.done()
    return removal


def _restart(table: Table, name: str, title: str | None) -> Restart:
    restart = Restart(cited(name, title, table.text("article")), table.source())
    table.done()
    return restart


def _transition(table: Table) -> ListTransition:
    name, title = table.text("document"), table.optional_text("title")
    transition = ListTransition(
        transition_id=table.text("id"),
        file=table.file,
        name=name,
        article=cited(name, title, table.text("article")),
        region=table.region("region"),
        effective_from=table.day("effective_from"),
        from_rule=table.text("from_rule"),
        to_rule=table.text("to_rule"),
        count_from=table.choice("count_from", CountFrom, among=OF_LIST_TRANSITIONS),
        source=table.source(),
    )
    table.text("issuer")
    table.texts("notes", ())
    table.done()
    return transition


def _duration(table: Table, key: str) -> Duration:
    try:
        return parse_duration(table.text(key))
    except ValueError as error:
        raise table.refuse(f"{key}: {error}") from None


def _check_sequence(rules: Sequence[ListRule]) -> None:
    """One list, one rule on each day, and one that is in force today."""
    if not rules:
        raise PackError("packs", "work-safety-list", f"no file holds object = {ENTRY}")
    for earlier, later in pairwise(rules):
        entry = f"family {later.family}"
        if earlier.rule_id == later.rule_id or earlier.family != later.family:
            raise PackError(later.file, entry, f"a second id or family beside {earlier.rule_id} of {earlier.family}")
        ends = earlier.effective_to
        if ends is None or later.effective_from <= ends:
            raise PackError(later.file, entry, f"overlap: {earlier.rule_id} is in force until {ends or 'revoked'}")
        if later.effective_from != day_after(ends):
            raise PackError(later.file, entry, f"gap: nothing is in force from {day_after(ends)}")
    if rules[-1].effective_to is not None:
        last = rules[-1]
        raise PackError(last.file, f"family {last.family}", f"gap: nothing is in force after {last.effective_to}")


def _check_situations(rule: ListRule, settings: Settings) -> None:
    """The situations that put a subject on the list stand in `lists.toml` under the same id and dates."""
    span = (rule.effective_from, rule.effective_to)
    spans = [(item.effective_from, item.effective_to) for item in settings.lists if item.list_id == rule.rule_id]
    if spans != [span]:
        raise PackError(rule.file, rule.rule_id, "lists.toml holds no situations with this id and these dates")


def _check_transition(transition: ListTransition, rules: Sequence[ListRule]) -> None:
    known = {rule.rule_id: rule for rule in rules}
    named = (transition.from_rule, transition.to_rule)
    if missing := [name for name in named if name not in known]:
        raise PackError(transition.file, transition.transition_id, f"there is no list rule {missing[0]}")
    if transition.effective_from < known[transition.to_rule].effective_from:
        raise PackError(transition.file, transition.transition_id, f"begins before {transition.to_rule}")
