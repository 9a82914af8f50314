"""The packs in force as people read them: documents, classes, exclusions, lists, amounts, each with its citation."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from shared.policy import Packs
from shared.policy.answer_words import meaning, question, why_only
from shared.policy.answers import QUESTIONS, Answer, Answers
from shared.policy.pack import Document, RuleClass
from shared.policy.periods import Duration
from shared.policy.source import Source
from shared.vocabulary import Audience, RecordKind, Severity


class SourceView(BaseModel):
    """Where a piece stands, in Chinese and in English, and whether it was read, recalled or chosen here."""

    citation: str
    citation_en: str
    confidence: str


class ClassView(BaseModel):
    """One row of a document: conditions, where it is shown, periods (ISO 8601) and the day they are counted from."""

    rule_id: str
    severity: Severity | None
    when: list[str]
    confirm: list[str]
    publish_to: list[Audience]
    minimum: str | None
    maximum: str | None
    count_from: str | None
    repair: str
    article: str
    confidence: str


class DocumentView(BaseModel):
    """One text of the law."""

    document_id: str
    name: str
    issuer: str
    family: str
    kind: RecordKind
    audiences: list[Audience]
    region: str | None
    effective_from: date
    effective_to: date | None
    source: SourceView
    classes: list[ClassView]


class EntryView(BaseModel):
    """An exclusion (不予公示; `effect` is `withhold` or `mask`) or a list with its situations by code."""

    entry_id: str
    situations: dict[str, str] = {}
    is_serious_list: bool = False
    effect: str | None = None
    article: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    source: SourceView


class WordsView(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class AnswerView(BaseModel):
    """What the packs answer where the law leaves room (答复).

    `choices` are all values that the loader takes; `why_only` says why there are no others.
    `source` is absent in packs of before there were answers.
    """

    answer_id: str
    settles: list[str]
    question: WordsView
    values: list[str]
    meaning: WordsView
    choices: list[str]
    why_only: WordsView | None
    source: SourceView | None


class PolicyView(BaseModel):
    """All that is in force. `version` changes with every character; revision 0 came with the program."""

    version: str
    revision: int
    mode: str
    boundaries: list[date]
    answers: list[AnswerView]
    fine_tiers: dict[str, Decimal]
    documents: list[DocumentView]
    exclusions: list[EntryView]
    lists: list[EntryView]


def policy_view(packs: Packs, revision: int) -> PolicyView:
    settings = packs.settings
    return PolicyView(
        version=packs.version,
        revision=revision,
        mode=settings.mode,
        boundaries=list(packs.boundaries),
        answers=_answers(settings.answers),
        fine_tiers=dict(settings.fine_tiers),
        documents=[_document(one) for one in sorted(packs.documents, key=lambda one: one.effective_from)],
        exclusions=[
            EntryView(entry_id=one.exclusion_id, effect=one.effect, article=one.article, source=_source(one.source))
            for one in settings.exclusions
        ],
        lists=[
            EntryView(
                entry_id=one.list_id,
                situations=dict(one.situations),
                is_serious_list=one.serious_list,
                effective_from=one.effective_from,
                effective_to=one.effective_to,
                source=_source(one.source),
            )
            for one in settings.lists
        ],
    )


def _answers(answers: Answers) -> list[AnswerView]:
    stated = {one.answer_id: one for one in answers.stated}
    return [_answer(name, values, answers, stated.get(name)) for name, values in answers.values().items()]


def _answer(name: str, values: tuple[str, ...], answers: Answers, stated: Answer | None) -> AnswerView:
    why = why_only(name)
    return AnswerView(
        answer_id=name,
        settles=list(stated.settles) if stated else [],
        question=WordsView.model_validate(question(name, answers)),
        values=list(values),
        meaning=WordsView.model_validate(meaning(name, values)),
        choices=list(QUESTIONS[name].values),
        why_only=WordsView.model_validate(why) if why else None,
        source=_source(stated.source) if stated else None,
    )


def _document(document: Document) -> DocumentView:
    return DocumentView(
        document_id=document.document_id,
        name=document.name,
        issuer=document.issuer,
        family=document.family,
        kind=document.kind,
        audiences=sorted(document.audiences),
        region=document.region or None,
        effective_from=document.effective_from,
        effective_to=document.effective_to,
        source=_source(document.source),
        classes=[_class(one) for one in document.classes],
    )


def _class(rule: RuleClass) -> ClassView:
    return ClassView(
        rule_id=rule.rule_id,
        severity=rule.severity,
        when=list(rule.when),
        confirm=list(rule.confirm),
        publish_to=sorted(rule.publish_to),
        minimum=_text(rule.minimum),
        maximum=_text(rule.maximum),
        count_from=rule.count_from,
        repair=rule.repair,
        article=rule.article,
        confidence=rule.confidence,
    )


def _source(source: Source) -> SourceView:
    return SourceView(citation=source.citation, citation_en=source.citation_en, confidence=source.confidence)


def _text(duration: Duration | None) -> str | None:
    return duration.text if duration else None
