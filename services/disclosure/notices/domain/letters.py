"""The letters as data: read strictly from `letters.toml`, chosen by the day of the decision and its severity.

A file with a gap between two generations, a missing source or an unknown placeholder is refused whole. Serves G03.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from shared.policy import PackError
from shared.policy.periods import day_after
from shared.policy.source import Source
from shared.policy.table import Table
from shared.policy.words import check_placeholders
from shared.vocabulary import Severity

GENERAL = frozenset(
    {
        "subject", "document_number", "decided_on", "authority", "violation", "severity", "reporting_days",
        "consultation",
    }
)  # fmt: skip
OF_SITE = frozenset({"site", "opens_on", "closes_on"})
OF_REPAIR = frozenset({"repair_from_on"})
OF_MINIMUM = frozenset({"minimum_last_day"})
_FILE = "disclosure/letters.toml"


@dataclass(frozen=True, slots=True)
class Letter:
    """One generation of the repair notice (信用修复告知书)."""

    letter_id: str
    title: str
    effective_from: date
    effective_to: date | None
    severities: frozenset[Severity]
    opening: tuple[str, ...]
    site: str
    site_without_minimum: str
    site_without_repair: str
    site_unconfirmed: str
    site_unconfirmed_without_repair: str
    closing: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class ReminderText:
    """The reminder (修复提醒), and for which severities it is sent."""

    title: str
    severities: frozenset[Severity]
    text: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Letters:
    """All generations, oldest first, and the reminder."""

    letters: tuple[Letter, ...]
    reminder: ReminderText

    def of_day(self, decided_on: date) -> Letter | None:
        """The generation that governs a decision; None before the first one."""
        return next((one for one in reversed(self.letters) if one.effective_from <= decided_on), None)


def parse_letters(data: Mapping[str, object]) -> Letters:
    """The letters of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    letters = tuple(_letter(name, table) for name, table in file.named_tables("letter").items())
    reminder = _reminder(file.table("reminder"))
    file.done()
    ordered = tuple(sorted(letters, key=lambda letter: letter.effective_from))
    _check_generations(ordered)
    return Letters(ordered, reminder)


def _letter(name: str, table: Table) -> Letter:
    letter = Letter(
        letter_id=name,
        title=table.text("title"),
        effective_from=table.day("effective_from"),
        effective_to=table.optional_day("effective_to"),
        severities=table.choices("severities", Severity),
        opening=_paragraphs(table, "opening", GENERAL),
        site=_paragraph(table, "site", GENERAL | OF_SITE | OF_REPAIR | OF_MINIMUM),
        site_without_minimum=_paragraph(table, "site_without_minimum", GENERAL | OF_SITE | OF_REPAIR),
        site_without_repair=_paragraph(table, "site_without_repair", GENERAL | OF_SITE),
        site_unconfirmed=_paragraph(table, "site_unconfirmed", GENERAL | OF_SITE | OF_REPAIR),
        site_unconfirmed_without_repair=_paragraph(table, "site_unconfirmed_without_repair", GENERAL | OF_SITE),
        closing=_paragraphs(table, "closing", GENERAL),
        source=table.source(),
    )
    table.done()
    return letter


def _reminder(table: Table) -> ReminderText:
    reminder = ReminderText(
        title=table.text("title"),
        severities=table.choices("severities", Severity),
        text=_paragraphs(table, "text", GENERAL | {"repair_from_on"}),
        source=table.source(),
    )
    table.done()
    return reminder


def _paragraphs(table: Table, key: str, allowed: frozenset[str]) -> tuple[str, ...]:
    paragraphs = table.texts(key)
    if not paragraphs:
        raise table.refuse(f"{key} has no paragraph")
    for paragraph in paragraphs:
        check_placeholders(table, key, paragraph, allowed)
    return paragraphs


def _paragraph(table: Table, key: str, allowed: frozenset[str]) -> str:
    text = table.text(key)
    check_placeholders(table, key, text, allowed)
    return text


def _check_generations(letters: tuple[Letter, ...]) -> None:
    if not letters:
        raise PackError(_FILE, "letter", "there is no letter")
    for earlier, later in pairwise(letters):
        if earlier.effective_to is None or later.effective_from != day_after(earlier.effective_to):
            reason = f"must begin on the day after {earlier.letter_id} ends"
            raise PackError(_FILE, f"letter {later.letter_id}", reason)
    if letters[-1].effective_to is not None:
        raise PackError(_FILE, f"letter {letters[-1].letter_id}", "nothing is in force after it")
