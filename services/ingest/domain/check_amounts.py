"""Checks of amounts: they are there where the decision names one (V07), and they can be true (V08)."""

from collections.abc import Iterator

from services.ingest.domain.check_words import said
from services.ingest.domain.context import Day
from services.ingest.domain.findings import Finding, Weight
from services.ingest.domain.limits import limits
from services.ingest.domain.parsed import Parsed
from services.ingest.domain.weights import weight_of
from services.ingest.mapping.spoken_amounts import fines_in
from shared.identifiers import normalise_text
from shared.vocabulary import PenaltyType

_WITHHOLDING = {PenaltyType.LICENCE_SUSPENSION, PenaltyType.LICENCE_REVOCATION}
_CONFISCATION = {PenaltyType.CONFISCATION_OF_GAINS, PenaltyType.CONFISCATION_OF_GOODS}


def amounts_present(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V07: a fine has an amount above zero, a confiscation an amount, a withheld licence its name."""
    for name, value in row.amounts.items():
        if value is None:
            yield Finding("V07", _column(row, name), said(_no_amount(row, name)))
    types, missing = set(row.penalty_types), weight_of("V07_missing")
    fine = row.amounts.get("fine")
    if PenaltyType.FINE in types and ("fine" not in row.amounts or fine == 0):
        weight = Weight.QUARANTINE if fine == 0 else missing
        yield Finding("V07", _column(row, "fine"), said("fine_missing"), weight)
    if types & _CONFISCATION and "confiscated" not in row.amounts:
        yield Finding("V07", row.draft.column("confiscated"), said("confiscation_missing"), missing)
    if types & _WITHHOLDING and not row.draft.get("withheld_licence"):
        column = row.draft.column("withheld_licence")
        yield Finding("V07", column, said("licence_missing"), missing)


def one_unit(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V07: an amount stands in one column, counted in 万元 or in yuan; which of two is right is not guessed."""
    for name in ("fine", "confiscated"):
        if name in row.draft.values and f"{name}_in_yuan" in row.draft.values:
            column = row.draft.column(f"{name}_in_yuan")
            yield Finding("V07", column, said("two_units"))


def amounts_plausible(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V08: an amount so large that the cell may hold yuan, or another one than the decision tells."""
    for name, value in row.amounts.items():
        if value is not None and value > (most := limits().implausible_amount):
            message = said("implausible", most=f"{most / 10_000:,f}")
            yield Finding("V08", _column(row, name), message, weight_of("V08"))
    fine = row.amounts.get("fine")
    if fine is None:
        return
    told = fines_in(normalise_text(row.draft.values.get("penalty_content", "")))
    if told and fine not in told and fine != sum(told):
        message = said("other_fine", fine=f"{fine:f}", column=row.draft.column("penalty_content"), told=_yuan(told))
        yield Finding("V08", _column(row, "fine"), message, weight_of("V08"))


def _yuan(told: tuple[object, ...]) -> str:
    return " and ".join(f"{amount:f}" for amount in told[:3])


def _column(row: Parsed, name: str) -> str:
    return row.draft.column(name if name in row.draft.values or not _in_yuan(row, name) else f"{name}_in_yuan")


def _no_amount(row: Parsed, name: str) -> str:
    return "no_amount_in_wan" if name in row.draft.values or not _in_yuan(row, name) else "no_amount_in_yuan"


def _in_yuan(row: Parsed, name: str) -> bool:
    return f"{name}_in_yuan" in row.draft.values
