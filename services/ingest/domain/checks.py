"""The checks that every row passes before it is admitted: one small pure function each (facts 3.3).

A check yields findings and never raises. Checks read only the parsed row and the context of the day, so the same
row gets the same findings whenever it is judged on that day.
"""

from collections.abc import Iterator
from datetime import date

from services.ingest.domain.check_amounts import amounts_plausible, amounts_present, one_unit
from services.ingest.domain.check_life import (
    known_state,
    may_be_sent,
    publication_end,
    readable_version,
    withdrawal_usable,
)
from services.ingest.domain.check_subject import IDENTITY_CARDS, authoritative_source, no_minors, registered_name
from services.ingest.domain.check_words import said
from services.ingest.domain.context import Check, Day
from services.ingest.domain.faultless import surely_faultless
from services.ingest.domain.findings import Finding
from services.ingest.domain.parsed import Parsed
from services.ingest.domain.weights import weight_of
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.dates import readable_forms
from shared.identifiers import (
    DocumentNumber,
    IdentifierProblem,
    Uscc,
    find_citizen_numbers,
    mask_free_text,
    may_hold_citizen_number,
    parse_citizen_number,
)
from shared.policy.deadlines import deadlines
from shared.vocabulary import CHINESE_INSPECTION_PLANS, CHINESE_INSPECTION_RESULTS, RecordKind, SubjectKind

__all__ = ["CHECKS", "Day", "judge"]

_JUDGED_ELSEWHERE = frozenset({"uscc", "id_number", "id_type", "authority_code", "source_code"})
_PUBLIC_TEXT = {
    kind: tuple(name for name in template if name not in _JUDGED_ELSEWHERE) for kind, template in TEMPLATES.items()
}
_ID_TYPES = (*IDENTITY_CARDS, "护照号", "港澳居民来往内地通行证", "台湾居民来往大陆通行证", "外国人永久居留身份证")
_FOUNDED_ON = date(1949, 10, 1)  # no authority that could decide is older, nor is the working-day calendar
_SUBJECT_KINDS = "法人及非法人组织, 个体工商户 or 自然人"
_CORRECTED = said("corrected")


_REQUIRED = {
    kind: frozenset(name for name, column in template.items() if column.required)
    for kind, template in TEMPLATES.items()
}
_LIMITS = {kind: {name: column.limit for name, column in template.items()} for kind, template in TEMPLATES.items()}


def required_fields(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V01: required cells are filled, and none is longer than its column."""
    if row.draft.values.keys() >= _REQUIRED[row.kind] and not _too_long(row):
        return
    for name, column in TEMPLATES[row.kind].items():
        text = row.draft.values.get(name)
        if text is None:
            if column.required:
                yield Finding("V01", column.name, said("empty", column=column.name))
        elif len(text) > column.limit:
            message = said("too_long", column=column.name, n=len(text), limit=column.limit)
            yield Finding("V01", column.name, message)


def _too_long(row: Parsed) -> bool:
    limits = _LIMITS[row.kind]
    for name, text in row.draft.values.items():  # noqa: SIM110 - `any` with a generator takes twice as long
        if len(text) > limits[name]:
            return True
    return False


def subject_identity(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V01 and V03: the kind of subject decides which number it must carry."""
    column = row.draft.column("subject_kind")
    if row.subject_kind is None:
        if row.draft.get("subject_kind"):
            yield Finding("V03", column, said("subject_kind", column=column, choices=_SUBJECT_KINDS))
        return
    if row.subject_kind is SubjectKind.NATURAL_PERSON:
        yield from _person_identity(row)
        return
    if row.uscc is None:
        yield Finding("V01", row.draft.column("uscc"), said("code_missing"))
    elif isinstance(row.uscc, Uscc) and row.uscc.is_sole_trader != (row.subject_kind is SubjectKind.SOLE_TRADER):
        yield Finding("V03", column, said("sole_trader"))


def _person_identity(row: Parsed) -> Iterator[Finding]:
    """V01 and V02: a person is known by the kind and the number of an identity document."""
    id_type, number = row.draft.get("id_type"), row.draft.get("id_number")
    if id_type not in _ID_TYPES and not id_type.startswith("其他-"):
        message = said("id_type", choices=", ".join(_ID_TYPES))
        yield Finding("V01", row.draft.column("id_type"), message)
    if not number:
        yield Finding("V01", row.draft.column("id_number"), said("id_number"))
    elif id_type in IDENTITY_CARDS and isinstance(problem := parse_citizen_number(number), IdentifierProblem):
        yield Finding("V02", row.draft.column("id_number"), problem.message)
    else:
        yield from no_minors(row)


def legal_representative(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V01: organisations name their legal representative."""
    if row.subject_kind is SubjectKind.LEGAL_PERSON and not row.draft.get("legal_representative"):
        column = row.draft.column("legal_representative")
        yield Finding("V01", column, said("representative"))


def subject_code(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V02: the subject's code has a valid form and check digit."""
    if isinstance(row.uscc, IdentifierProblem):
        yield Finding("V02", row.draft.column("uscc"), row.uscc.message)


def body_codes(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V05: authority and source carry valid codes; one that is no government body is only a warning."""
    for name, code in (("authority_code", row.authority), ("source_code", row.source)):
        column = row.draft.column(name)
        if isinstance(code, IdentifierProblem):
            yield Finding("V05", column, code.message)
        elif code is not None and not code.is_government_body:
            weight = weight_of("V05_no_government_body")
            yield Finding("V05", column, said("no_government_body"), weight)


def document(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V14: a decision of the summary procedure is not to be sent; and the number must be readable at all."""
    column = row.draft.column("document_number")
    if isinstance(row.document, IdentifierProblem):
        yield Finding("V01", column, row.document.message)
    elif isinstance(row.document, DocumentNumber) and row.document.is_summary_procedure:
        yield Finding("V14", column, said("summary"))


def dates_readable(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V11: every date has one of the known forms."""
    for name, value in row.dates.items():
        if value is None:
            told = "open_end_unread" if name == "valid_until" else "day_unread"
            yield Finding("V11", row.draft.column(name), said(told, choices=readable_forms()))


def decided_in_time(row: Parsed, day: Day) -> Iterator[Finding]:
    """V06: no decision of the future; a decision reported late is flagged and goes on."""
    decided_on = row.dates.get("decided_on")
    if decided_on is None:
        return
    column = row.draft.column("decided_on")
    if decided_on > day.today:
        yield Finding("V06", column, said("future", day=decided_on))
    elif decided_on < _FOUNDED_ON:
        yield Finding("V06", column, said("too_old", day=decided_on))
    elif decided_on < day.on_time_from:
        message = said("late", n=deadlines()["reporting"].working_days)
        yield Finding("V06", column, message, weight_of("V06_late"))


def penalty_types_known(row: Parsed, _day: Day) -> Iterator[Finding]:
    """Code list of penalty kinds: a value outside it is not guessed."""
    column = row.draft.column("penalty_types")
    for place in row.unknown_penalty_types[:3]:
        yield Finding("V01", column, said("unknown_penalty", place=place))
    if row.draft.get("penalty_types") and not row.penalty_types and not row.unknown_penalty_types:
        yield Finding("V01", column, said("no_penalty"))


def validity_after_decision(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V09 and V10: validity does not end before the decision, nor before it begins."""
    until, decided_on, begins = (row.dates.get(name) for name in ("valid_until", "decided_on", "valid_from"))
    if until and decided_on and until < decided_on:
        yield Finding("V09", row.draft.column("valid_until"), said("ends_before_decision"))
    if until and begins and until < begins:
        yield Finding("V10", row.draft.column("valid_until"), said("ends_before_begin"))


def follow_up_after_decision(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V09: what follows a measure or an inspection does not come before it."""
    decided_on = row.dates.get("decided_on")
    for name in ("released_on", "correct_by", "reinspected_on"):
        on = row.dates.get(name)
        if on and decided_on and on < decided_on:
            weight = weight_of("V09_follow_up")
            yield Finding("V09", row.draft.column(name), said("follow_up"), weight)


def inspection_lists(row: Parsed, _day: Day) -> Iterator[Finding]:
    """Code lists of inspections: why it took place and what it found."""
    if row.draft.get("plan") and row.plan is None:
        yield Finding("V01", row.draft.column("plan"), said("one_of", choices=", ".join(CHINESE_INSPECTION_PLANS)))
    if row.draft.get("result") and row.result is None:
        yield Finding("V01", row.draft.column("result"), said("one_of", choices=", ".join(CHINESE_INSPECTION_RESULTS)))


def no_citizen_numbers(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V13: no personal number in texts that the public will read."""
    values = row.draft.values
    if not may_hold_citizen_number([text for name, text in values.items() if name not in _JUDGED_ELSEWHERE]):
        return
    for name in _PUBLIC_TEXT[row.kind]:
        text = values.get(name)
        if text and find_citizen_numbers(text):
            yield Finding("V13", row.draft.column(name), said("citizen_number"))


def given_once(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V01: a column that comes under its present and a former name says the same under both."""
    for name in row.draft.twice:
        yield Finding("V01", name, said("twice", column=name))


def surplus_columns(row: Parsed, _day: Day) -> Iterator[Finding]:
    """Columns that the template does not know are named, not read."""
    if row.draft.surplus:
        names = ", ".join(mask_free_text(name)[:40] for name in row.draft.surplus)
        yield Finding("V15", "", said("surplus", names=names), weight_of("V15_surplus"))


def corrections(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V15: what was put into one form by itself."""
    for column in row.draft.corrected:
        yield Finding("V15", column, _CORRECTED, weight_of("V15"))


_ALWAYS: tuple[Check, ...] = (
    required_fields, subject_identity, legal_representative, subject_code, body_codes, document, dates_readable,
    decided_in_time, validity_after_decision, no_citizen_numbers, known_state, surplus_columns, corrections,
)  # fmt: skip
_RARE_CELLS: tuple[Check, ...] = (withdrawal_usable, readable_version, may_be_sent)
_SURROUNDINGS: tuple[Check, ...] = (registered_name, authoritative_source)

_EVERY_ROW: dict[RecordKind, tuple[Check, ...]] = {
    RecordKind.PENALTY: (*_ALWAYS, amounts_present, amounts_plausible, penalty_types_known),
    RecordKind.LICENCE: _ALWAYS,
    RecordKind.COERCION: (*_ALWAYS, follow_up_after_decision),
    RecordKind.AWARD: _ALWAYS,
    RecordKind.INSPECTION: (*_ALWAYS, follow_up_after_decision, inspection_lists),
}
_ROWS_WITH_RARE_CELLS: dict[RecordKind, tuple[Check, ...]] = dict.fromkeys(RecordKind, _RARE_CELLS) | {
    RecordKind.PENALTY: (*_RARE_CELLS, one_unit, publication_end)
}
_RARE = frozenset(
    {"withdrawal_reason", "data_version", "public", "fine_in_yuan", "confiscated_in_yuan", "publication_ends"}
)
"""Fields that few rows fill: without them most checks of `_ROWS_WITH_RARE_CELLS` need not be asked (0.3 µs each)."""

CHECKS: dict[RecordKind, tuple[Check, ...]] = {
    kind: (*_EVERY_ROW[kind], *_ROWS_WITH_RARE_CELLS[kind], *_SURROUNDINGS, given_once) for kind in RecordKind
}
"""All checks of a kind; `judge` leaves out those that cannot find anything."""


def judge(row: Parsed, day: Day) -> list[Finding]:
    """All findings of all checks, in the order of the checks."""
    findings: list[Finding] = []
    if not surely_faultless(row, day):
        findings += [finding for check in _EVERY_ROW[row.kind] for finding in check(row, day)]
    if not _RARE.isdisjoint(row.draft.values):
        findings += [finding for check in _ROWS_WITH_RARE_CELLS[row.kind] for finding in check(row, day)]
    if day.names or day.sources.rules:
        findings += [finding for check in _SURROUNDINGS for finding in check(row, day)]
    if row.draft.twice:
        findings += given_once(row, day)
    return findings
