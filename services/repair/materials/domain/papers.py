"""The checklist of papers (申请材料清单) of each rule generation, read strictly from `papers.toml`.

Refuses a gap or an overlap between generations, an unknown paper and a deadline that nobody defined. Which generation
counts is the day's: the portal accepts by its present rule (R02); before the first one, the first applies (R09).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from shared.policy.deadlines import deadlines
from shared.policy.source import Source
from shared.policy.table import Table
from shared.vocabulary import Severity

_FILE = "repair/papers.toml"


class PaperKind(StrEnum):
    """One kind of paper (材料)."""

    COMMITMENT = "commitment"  # 信用修复承诺书
    LICENCE_COPY = "licence_copy"  # 营业执照等登记证照复印件
    PERFORMANCE_PROOF = "performance_proof"  # 履行义务证明
    REPAIR_FORM = "repair_form"  # 认定单位出具的信用修复表
    TRAINING_CERTIFICATE = "training_certificate"  # 信用修复培训证明
    CREDIT_REPORT = "credit_report"  # 信用报告
    AUTHORIZATION = "authorization"  # 授权委托书或法定代表人身份证明
    OTHER = "other"  # 其他佐证材料: taken in addition, never asked for


PAPER_NAMES: Mapping[PaperKind, str] = {
    PaperKind.COMMITMENT: "信用修复承诺书",
    PaperKind.LICENCE_COPY: "营业执照等登记证照复印件",
    PaperKind.PERFORMANCE_PROOF: "履行义务证明",
    PaperKind.REPAIR_FORM: "认定单位出具的信用修复表",
    PaperKind.TRAINING_CERTIFICATE: "信用修复培训证明",
    PaperKind.CREDIT_REPORT: "信用报告",
    PaperKind.AUTHORIZATION: "授权委托书或法定代表人身份证明",
    PaperKind.OTHER: "其他佐证材料",
}


class PaperFor(StrEnum):
    """Whether one paper serves the whole application, or each record needs its own."""

    APPLICATION = "application"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Paper:
    """One line of a checklist. Papers with the same `either` stand for each other."""

    kind: PaperKind
    severities: frozenset[Severity]
    one_for: PaperFor
    either: str | None
    curable: bool


@dataclass(frozen=True, slots=True)
class CommitmentRule:
    """By when what a commitment (容缺承诺) promises must be there, and what follows when it is not."""

    deadline: str
    consequence: str
    article: str
    source: Source


@dataclass(frozen=True, slots=True)
class Generation:
    """The papers that one rule asks for, while it is in force."""

    generation_id: str
    document: str
    article: str
    effective_from: date
    effective_to: date | None
    papers: tuple[Paper, ...]
    commitment: CommitmentRule
    source: Source

    def paper(self, kind: PaperKind) -> Paper | None:
        return next((one for one in self.papers if one.kind is kind), None)

    def asked_for(self, severities: Collection[Severity]) -> tuple[Paper, ...]:
        """Those that records of these classes need; a record of unknown class counts as ordinary."""
        return tuple(one for one in self.papers if one.severities & set(severities))


@dataclass(frozen=True, slots=True)
class PaperBook:
    """All generations, oldest first."""

    generations: tuple[Generation, ...]

    def on(self, day: date) -> Generation:
        """The generation in force on a day."""
        past = [one for one in self.generations if one.effective_from <= day]
        return past[-1] if past else self.generations[0]


def parse_papers(data: Mapping[str, object]) -> PaperBook:
    """The book of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    generations = tuple(_generation(name, table) for name, table in file.named_tables("generation").items())
    file.done()
    if not generations:
        raise file.refuse("there is no generation")
    _check_no_gap(file, generations)
    return PaperBook(generations)


def _generation(name: str, table: Table) -> Generation:
    papers = tuple(_paper(one) for one in table.tables("paper"))
    kinds = [one.kind for one in papers]
    if not papers or len(set(kinds)) != len(kinds) or PaperKind.OTHER in kinds:
        raise table.refuse("a generation asks for at least one paper, for none twice, and never for other")
    generation = Generation(
        generation_id=name,
        document=table.text("document"),
        article=table.text("article"),
        effective_from=table.day("effective_from"),
        effective_to=table.optional_day("effective_to"),
        papers=papers,
        commitment=_commitment(table.table("commitment")),
        source=table.source(),
    )
    table.done()
    if missing := set(Severity) - frozenset().union(*(one.severities for one in papers)):
        raise table.refuse(f"no paper is asked for where a record is {', '.join(sorted(missing))}")
    return generation


def _paper(table: Table) -> Paper:
    paper = Paper(
        kind=table.choice("kind", PaperKind),
        severities=table.choices("severities", Severity),
        one_for=table.choice("for", PaperFor),
        either=table.text("either") if table.has("either") else None,
        curable=table.flag("curable", False),
    )
    table.done()
    return paper


def _commitment(table: Table) -> CommitmentRule:
    rule = CommitmentRule(table.text("deadline"), table.text("consequence"), table.text("article"), table.source())
    table.done()
    if rule.deadline not in deadlines():
        raise table.refuse(f"deadline {rule.deadline!r} is not in deadlines.toml")
    return rule


def _check_no_gap(file: Table, generations: Sequence[Generation]) -> None:
    for one, following in pairwise(generations):
        if one.effective_to is None or one.effective_to + timedelta(days=1) != following.effective_from:
            raise file.refuse(f"{following.generation_id} must begin on the day after {one.generation_id} ends")
    if generations[-1].effective_to is not None:
        raise file.refuse(f"{generations[-1].generation_id} is the last one and must not end")
