"""The worked cases of the list rules: read from the pack, run whenever packs are loaded; one that fails refuses it."""

from shared.policy.list_rules import ListCase, ListEntryFacts, ListWindow
from shared.policy.list_window import list_window
from shared.policy.pack import Packs
from shared.policy.table import PackError, Table

_FACT_DAYS = ("published_on", "ban_until", "applied_for_listing_on", "previously_published_on", "restarted_on")
_DAYS = ("starts_on", "closes_on", "offline_on", "early_removal_from_on", "previous_closes_on")


def parse_list_case(table: Table) -> ListCase:
    table.text("name")
    case = ListCase(table.file, table.entry, _facts(table.table("facts")), _expected(table.table("expect")))
    table.done()
    return case


def _facts(table: Table) -> ListEntryFacts:
    facts = ListEntryFacts(
        authority_region=table.text("authority_region"),
        listed_on=table.day("listed_on"),
        **{key: table.optional_day(key) for key in _FACT_DAYS},
    )
    table.done()
    return facts


def _expected(table: Table) -> dict[str, object]:
    """The keys of the case as comparable values; `absent` lists the days that must be empty."""
    absent = table.texts("absent", ())
    if unknown := set(absent) - set(_DAYS):
        raise table.refuse(f"absent names unknown {', '.join(sorted(unknown))}")
    expected: dict[str, object] = dict.fromkeys(absent)
    expected["rule"] = table.text("rule")
    expected |= {key: table.day(key) for key in _DAYS if table.has(key)}
    if table.has("needs_review"):
        expected["needs_review"] = table.flag("needs_review")
    if table.has("ground"):
        expected["ground"] = table.text("ground")
    table.done()
    return expected


def run_list_case(case: ListCase, packs: Packs) -> None:
    """Compute one case and refuse the pack if the window is another."""
    window = list_window(case.facts, packs)
    for key, wanted in case.expected.items():
        found = _found(window, key)
        if (wanted not in window.grounds) if key == "ground" else (wanted != found):
            raise PackError(case.file, case.entry, f"worked case fails: {key} is {found}, expected {wanted}")


def _found(window: ListWindow, key: str) -> object:
    if key == "rule":
        return window.provenance.rule_id
    return window.grounds if key == "ground" else getattr(window, key)
