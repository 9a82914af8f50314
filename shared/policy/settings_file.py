"""The settings that cut across all documents: selection, amounts, penalty groups, exclusions, situations, answers.

Refuses what it does not understand. Every entry carries its citation and confidence. Serves G03.
"""

from decimal import Decimal

from shared.policy.answers import UNANSWERED
from shared.policy.answers_file import parse_answers
from shared.policy.conditions import problem_with
from shared.policy.pack import Effect, Exclusion, Mode, Settings, SituationList
from shared.policy.table import Table
from shared.vocabulary import Audience, PenaltyType

_MASKING, _MASKED = frozenset({Audience.OWN_COLUMN}), "natural_person"


def parse_settings(selection: Table, exclusions: Table, lists: Table, answers: Table | None) -> Settings:
    """Packs that are stored already may lack the answers; they meant what the program did before it asked."""
    overdue = selection.table("overdue_on_first_submission")
    settings = Settings(
        label=selection.text("version"),
        mode=selection.choice("mode", Mode),
        show_overdue_on_first_submission=overdue.flag("show"),
        overdue_article=overdue.text("article"),
        fine_tiers={name: _fine_tier(entry) for name, entry in selection.named_tables("fine_tier").items()},
        penalty_groups={name: _penalty_group(entry) for name, entry in selection.named_tables("penalty_group").items()},
        region_aliases={name: _region_alias(entry) for name, entry in selection.named_tables("region_alias").items()},
        exclusions=tuple(_exclusion(name, entry) for name, entry in exclusions.named_tables("exclusion").items()),
        lists=tuple(_situation_list(name, entry) for name, entry in lists.named_tables("list").items()),
        answers=UNANSWERED if answers is None else parse_answers(answers),
    )
    for table in (overdue, selection):
        table.source()
        table.done()
    exclusions.done()
    lists.done()
    _check_exclusion_conditions(settings, exclusions)
    _check_situations(settings, lists)
    return settings


def _fine_tier(table: Table) -> Decimal:
    yuan = Decimal(table.number("yuan"))
    table.source()
    table.done()
    return yuan


def _penalty_group(table: Table) -> frozenset[PenaltyType]:
    types = table.penalty_types("types")
    if not types:
        raise table.refuse("types names no penalty type")
    table.source()
    table.done()
    return types


def _region_alias(table: Table) -> str:
    region = table.region("region")
    table.source()
    table.done()
    return region


def _exclusion(name: str, table: Table) -> Exclusion:
    entry = Exclusion(
        exclusion_id=name,
        when=table.text("when"),
        audiences=table.choices("audiences", Audience),
        effect=table.choice("effect", Effect),
        article=table.text("article"),
        source=table.source(),
    )
    if entry.effect is Effect.MASK:
        _check_mask(table, entry)
    table.done()
    return entry


def _check_mask(table: Table, entry: Exclusion) -> None:
    """Only the bureau's own column masks, and only persons: portals show what they are sent (R11)."""
    if entry.audiences != _MASKING:
        raise table.refuse(f"effect: mask is possible on {', '.join(sorted(_MASKING))} alone")
    if entry.when != _MASKED:
        raise table.refuse(f"effect: mask is possible for {_MASKED} alone, not for {entry.when}")


def _check_exclusion_conditions(settings: Settings, exclusions: Table) -> None:
    for entry in settings.exclusions:
        if problem := problem_with(entry.when, settings):
            raise Table(exclusions.file, f"exclusion {entry.exclusion_id}", {}).refuse(problem)


def _situation_list(name: str, table: Table) -> SituationList:
    situations = table.table("situations").rest()
    if not situations or not all(isinstance(text, str) and text for text in situations.values()):
        raise table.refuse("situations must give each id a text")
    entry = SituationList(
        list_id=name,
        serious_list=table.flag("serious_list"),
        effective_from=table.day("effective_from"),
        effective_to=table.optional_day("effective_to"),
        situations=situations,
        source=table.source(),
    )
    table.text("document")
    table.done()
    return entry


def _check_situations(settings: Settings, lists: Table) -> None:
    seen: dict[str, str] = {}
    for entry in settings.lists:
        for situation in entry.situations:
            if situation in seen:
                raise Table(lists.file, f"list {entry.list_id}", {}).refuse(
                    f"situation {situation!r} is in {seen[situation]} too"
                )
            seen[situation] = entry.list_id
