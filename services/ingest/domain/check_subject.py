"""Checks of who the record is about and who sends it: the registered name (V04), minors (V14), the source map (B03)."""

from collections.abc import Iterator
from datetime import date

from services.ingest.domain.check_words import said
from services.ingest.domain.context import Day
from services.ingest.domain.findings import Finding
from services.ingest.domain.limits import limits
from services.ingest.domain.parsed import Parsed
from services.ingest.domain.weights import weight_of
from shared.identifiers import IdentifierProblem, Uscc, parse_citizen_number

IDENTITY_CARDS = ("身份证", "居民身份证")


def registered_name(row: Parsed, day: Day) -> Iterator[Finding]:
    """V04: the register knows the code under this name, present or former; a code it does not know says nothing."""
    if not day.names or not isinstance(row.uscc, Uscc):
        return
    known = day.names.get(row.uscc.value)
    name = row.draft.values.get("subject_name")
    if known and name and name not in known:
        yield Finding("V04", row.draft.column("subject_name"), said("registered_name"), weight_of("V04"))


def no_minors(row: Parsed) -> Iterator[Finding]:
    """V14: the record of a person who was a minor at the decision is not to be sent."""
    if row.draft.get("id_type") not in IDENTITY_CARDS:
        return
    number, decided_on = parse_citizen_number(row.draft.get("id_number")), row.dates.get("decided_on")
    if isinstance(number, IdentifierProblem) or decided_on is None:
        return
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    had_birthday = (decided_on.month, decided_on.day) >= (born_on.month, born_on.day)
    if decided_on.year - born_on.year - (not had_birthday) < limits().majority:
        yield Finding("V14", row.draft.column("id_number"), said("minor"))


def authoritative_source(row: Parsed, day: Day) -> Iterator[Finding]:
    """B03: the row comes from a system that the source map names for this kind and authority."""
    if not day.sources.rules or not isinstance(row.authority, Uscc):
        return
    rule = day.sources.rule_for(row.authority.value)
    if rule and day.client not in rule.clients:
        named = ", ".join(sorted(rule.clients)[:5])
        yield Finding("B03", "", said("other_system", names=named), rule.others)
