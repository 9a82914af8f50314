"""The checklists of the rules as the committed file has them, and the refusal of a file with a fault."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.repair.materials.book import papers
from services.repair.materials.domain.checklist import Need, Slot, needs_of, open_needs
from services.repair.materials.domain.papers import PaperFor, PaperKind, parse_papers
from shared.policy.table import PackError
from shared.vocabulary import Severity

FIRST, SECOND = "a" * 32, "b" * 32


def rule(**changed: Any) -> dict[str, Any]:
    """One generation as a file has it."""
    source = {"citation": "a text", "confidence": "found"}
    commitment = {"deadline": "repair_commitment", "consequence": "x", "article": "y", **source}
    paper = {"kind": "commitment", "severities": ["minor", "ordinary", "serious"], "for": "application"}
    one = {
        "id": "one", "document": "d", "article": "a", "effective_from": date(2020, 1, 1), **source,
        "commitment": commitment, "paper": [paper],
    }  # fmt: skip
    return one | changed


@pytest.mark.parametrize(
    ("day", "rule_id", "ordinary", "serious"),
    [
        (date(2018, 1, 1), "ndrc-527-2019", 4, 6),
        (date(2019, 7, 1), "ndrc-527-2019", 4, 6),
        (date(2023, 4, 30), "ndrc-527-2019", 4, 6),
        (date(2023, 5, 1), "ndrc-58-2023", 3, 3),
        (date(2025, 6, 21), "ndrc-58-2023", 3, 3),
        (date(2025, 6, 22), "sc-22-2025", 2, 2),
        (date(2026, 3, 31), "sc-22-2025", 2, 2),
        (date(2026, 4, 1), "ndrc-36-2026", 2, 2),
        (date(2036, 1, 1), "ndrc-36-2026", 2, 2),
    ],
)
def test_each_day_has_the_papers_of_its_rule(day: date, rule_id: str, ordinary: int, serious: int) -> None:
    found = papers().on(day)
    assert found.generation_id == rule_id
    asked = [len(found.asked_for([severity])) for severity in (Severity.ORDINARY, Severity.SERIOUS)]
    assert asked == [ordinary, serious]


def test_every_rule_and_every_commitment_says_where_it_stands() -> None:
    for one in papers().generations:
        assert one.source.citation
        assert one.commitment.source.citation
        assert one.paper(PaperKind.COMMITMENT) is not None


def test_under_the_first_rule_proof_and_form_stand_for_each_other() -> None:
    needs = needs_of(papers().on(date(2020, 1, 1)), {FIRST: Severity.SERIOUS})
    assert len(needs) == 5
    given = [Slot(kind, FIRST) for kind in (PaperKind.COMMITMENT, PaperKind.REPAIR_FORM)]
    given += [Slot(kind) for kind in (PaperKind.LICENCE_COPY, PaperKind.TRAINING_CERTIFICATE)]
    assert [need.any_of for need in open_needs(needs, given)] == [(Slot(PaperKind.CREDIT_REPORT),)]


def test_each_record_needs_its_own_proof_unless_one_serves_all() -> None:
    needs = needs_of(papers().on(date(2026, 5, 1)), {FIRST: Severity.ORDINARY, SECOND: None})
    of_one = [Slot(PaperKind.PERFORMANCE_PROOF, FIRST), Slot(PaperKind.COMMITMENT)]
    assert [need.any_of for need in open_needs(needs, of_one)] == [(Slot(PaperKind.PERFORMANCE_PROOF, SECOND),)]
    assert open_needs(needs, [Slot(PaperKind.PERFORMANCE_PROOF), Slot(PaperKind.COMMITMENT)]) == ()


def test_a_serious_record_beside_an_ordinary_one_asks_for_its_own_papers_only_once() -> None:
    needs = needs_of(papers().on(date(2020, 1, 1)), {FIRST: Severity.ORDINARY, SECOND: Severity.SERIOUS})
    once = [need for need in needs if need.any_of[0].record_id is None]
    assert [need.any_of[0].kind for need in once] == [
        PaperKind.LICENCE_COPY,
        PaperKind.TRAINING_CERTIFICATE,
        PaperKind.CREDIT_REPORT,
    ]
    assert len(needs) == 3 + 2 * 2


def test_a_paper_for_another_record_fills_nothing() -> None:
    need = Need((Slot(PaperKind.PERFORMANCE_PROOF, FIRST),), curable=True)
    assert open_needs([need], [Slot(PaperKind.PERFORMANCE_PROOF, SECOND)]) == (need,)


def test_a_whole_file_is_read() -> None:
    last = rule(id="two", effective_from=date(2021, 1, 1))
    book = parse_papers({"generation": [rule(effective_to=date(2020, 12, 31)), last]})
    assert [one.generation_id for one in book.generations] == ["one", "two"]
    assert book.on(date(2020, 12, 31)).papers[0].one_for is PaperFor.APPLICATION


@pytest.mark.parametrize("days", [-1, 1])
def test_a_gap_or_an_overlap_between_rules_is_refused(days: int) -> None:
    begins = date(2021, 1, 1) + timedelta(days=days)
    with pytest.raises(PackError, match="must begin on the day after"):
        parse_papers({"generation": [rule(effective_to=date(2020, 12, 31)), rule(id="two", effective_from=begins)]})


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"effective_to": date(2030, 1, 1)}, "must not end"),
        ({"citation": ""}, "citation is missing"),
        ({"confidence": "certain"}, "is none of"),
        ({"paper": []}, "at least one paper"),
        ({"paper": [{"kind": "other", "severities": ["minor"], "for": "application"}]}, "never for other"),
        ({"paper": [{"kind": "commitment", "severities": ["minor"], "for": "application"}]}, "no paper is asked for"),
        ({"paper": [{"kind": "photo", "severities": ["minor"], "for": "application"}]}, "is none of"),
        ({"surprise": 1}, "unknown key surprise"),
        ({"commitment": {**rule()["commitment"], "deadline": "never"}}, "is not in deadlines.toml"),
        ({"commitment": {**rule()["commitment"], "citation": " "}}, "citation is missing"),
    ],
)
def test_a_faulty_entry_is_refused_by_name(changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PackError, match=complaint):
        parse_papers({"generation": [rule(**changed)]})


def test_a_file_without_rules_is_refused() -> None:
    with pytest.raises(PackError, match="no generation"):
        parse_papers({})
