"""One pack file to one document with its classes.

Refuses what it does not understand; whether the documents fit together is asked in `assemble`, whether they do what
they promise in `cases`. Serves G03.
"""

from datetime import date
from typing import NamedTuple

from shared.policy.clock_start import OF_RECORDS, CountFrom
from shared.policy.conditions import problem_with
from shared.policy.pack import ELSEWHERE, Document, RepairMode, RuleClass, Settings
from shared.policy.periods import Arithmetic, Duration, parse_duration
from shared.policy.source import Confidence, cited
from shared.policy.table import Table
from shared.vocabulary import Audience, RecordKind, Severity

_FRAME = "frame"
_OWN_VALIDITY = "own_validity"
_REFERENCE_DAYS = (date(2023, 1, 31), date(2024, 2, 29))


class _Heading(NamedTuple):
    """What a class borrows from its document."""

    document_id: str
    name: str
    title: str | None
    article: str
    audiences: frozenset[Audience]
    confidence: Confidence
    count_from: CountFrom | None


def parse_document(table: Table, settings: Settings) -> Document:
    """One document. `[[case]]` is read by `cases`."""
    is_frame = table.text("role", "rule") == _FRAME
    carries = table.choice("carries", Audience) if table.has("carries") else None
    source = table.source()
    heading = _Heading(
        table.text("id"),
        table.text("document"),
        table.optional_text("title"),
        table.text("article"),
        table.choices("audiences", Audience),
        source.confidence,
        _count_from(table, None),
    )
    document = Document(
        document_id=heading.document_id,
        file=table.file,
        family=table.text("family"),
        kind=table.choice("kind", RecordKind),
        audiences=heading.audiences,
        region=table.region("region") if table.has("region") else ELSEWHERE,
        name=heading.name,
        issuer=table.text("issuer"),
        effective_from=table.day("effective_from"),
        effective_to=table.optional_day("effective_to"),
        carries=carries,
        article=cited(heading.name, heading.title, heading.article),
        source=source,
        classes=tuple(
            _rule_class(name, entry, heading, settings) for name, entry in table.named_tables("class").items()
        ),
    )
    table.texts("notes", ())
    table.done()
    _check_document(table, document, is_frame=is_frame)
    if heading.count_from is not None and not document.classes:
        raise table.refuse("count_from: a frame or a document that carries another audience has no period to count")
    return document


def _check_document(table: Table, document: Document, *, is_frame: bool) -> None:
    if document.effective_to is not None and document.effective_to < document.effective_from:
        raise table.refuse("effective_to lies before effective_from")
    if bool(document.classes) == (is_frame or document.carries is not None):
        raise table.refuse("a rule needs classes; a frame or a document that carries another audience has none")
    if document.classes and "otherwise" not in document.classes[-1].when:
        raise table.refuse("the last class must hold 'otherwise', so that every record falls into one")


def _rule_class(name: str, table: Table, heading: _Heading, settings: Settings) -> RuleClass:
    ends = table.text("ends", "maximum")
    rule = RuleClass(
        rule_id=f"{heading.document_id}/{name}",
        severity=table.choice("severity", Severity) if table.has("severity") else None,
        when=_conditions(table, "when", settings),
        confirm=_conditions(table, "confirm", settings),
        publish_to=_publish_to(table, heading.audiences),
        minimum=_duration(table, "min"),
        maximum=_duration(table, "max"),
        repair=table.choice("repair", RepairMode),
        article=cited(heading.name, heading.title, table.text("article", heading.article)),
        confidence=table.choice("confidence", Confidence, heading.confidence),
        count_from=_count_from(table, heading.count_from),
    )
    table.texts("notes", ())
    table.done()
    _check_class(table, rule, ends, settings.answers.arithmetic)
    return rule


def _check_class(table: Table, rule: RuleClass, ends: str, arithmetic: Arithmetic) -> None:
    if ends not in {"maximum", _OWN_VALIDITY}:
        raise table.refuse(f"ends must be maximum or {_OWN_VALIDITY}, found {ends!r}")
    if not rule.when and not rule.confirm:
        raise table.refuse("a class needs a condition in when or confirm")
    if rule.publish_to and (rule.maximum is None) != (ends == _OWN_VALIDITY):
        raise table.refuse("a class that is shown needs either max or ends = own_validity")
    if rule.publish_to and rule.repair is RepairMode.AFTER_MINIMUM and rule.minimum is None:
        raise table.refuse("repair = after_min needs min")
    if rule.minimum and rule.maximum and not _fits(rule.minimum, rule.maximum, arithmetic):
        raise table.refuse(f"min {rule.minimum.text} is longer than max {rule.maximum.text}")
    if rule.repair is RepairMode.ON_FULFILMENT and rule.minimum is not None:
        raise table.refuse("repair = on_fulfilment has no min")


def _conditions(table: Table, key: str, settings: Settings) -> tuple[str, ...]:
    conditions = table.texts(key, ())
    for condition in conditions:
        if problem := problem_with(condition, settings):
            raise table.refuse(f"{key}: {problem}")
    return conditions


def _publish_to(table: Table, audiences: frozenset[Audience]) -> frozenset[Audience]:
    shown = table.texts("publish_to")
    if foreign := set(shown) - set(audiences):
        raise table.refuse(f"publish_to names {', '.join(sorted(foreign))}, which the document does not govern")
    return frozenset(Audience(name) for name in shown)


def _duration(table: Table, key: str) -> Duration | None:
    if not table.has(key):
        return None
    try:
        return parse_duration(table.text(key))
    except ValueError as error:
        raise table.refuse(f"{key}: {error}") from None


def _count_from(table: Table, default: CountFrom | None) -> CountFrom | None:
    return table.choice("count_from", CountFrom, among=OF_RECORDS) if table.has("count_from") else default


def _fits(minimum: Duration, maximum: Duration, arithmetic: Arithmetic) -> bool:
    return all(arithmetic.last_day(day, minimum) <= arithmetic.last_day(day, maximum) for day in _REFERENCE_DAYS)
