"""The law of the serious list: worked cases hold, broken packs are refused, windows explain themselves."""

import json
import re
from collections.abc import Callable
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree
from typing import Literal

import pytest

import shared.policy
from shared.policy import (
    ListEntryFacts,
    PackError,
    Packs,
    explain_listing,
    list_window,
    listing_as_json,
    listing_from_json,
    load_packs,
)
from shared.policy.deadlines import deadlines
from shared.policy.list_cases import run_list_case
from shared.policy.list_explain import LIST_GROUND, list_ground_sentence
from shared.policy.list_rules import ListCase, NoticeItem
from shared.policy.list_window import entry_facts_of

PACKS = load_packs()
Edit = Callable[[str, str, str], Path]


@pytest.mark.parametrize("case", PACKS.lists.cases, ids=lambda case: f"{case.file}: {case.entry}")
def test_a_worked_case_of_the_list_rules_holds(case: ListCase) -> None:
    run_list_case(case, PACKS)


def test_worked_cases_stand_on_both_sides_of_the_new_order() -> None:
    days = {case.facts.listed_on for case in PACKS.lists.cases}
    assert {date(2023, 9, 30), date(2023, 10, 1)} <= days
    assert PACKS.lists.rule_on(date(2023, 9, 30)).rule_id == "aj-49-2017"
    assert PACKS.lists.rule_on(date(2023, 10, 1)).rule_id == "mem-11-2023"
    assert PACKS.lists.rule_on(date(2010, 1, 1)).rule_id == "aj-49-2017"


def test_the_notice_must_state_all_that_the_order_asks_for() -> None:
    assert PACKS.lists.rule_on(date(2024, 1, 1)).prior_notice == frozenset(NoticeItem)


def test_every_deadline_of_the_list_says_where_it_stands() -> None:
    own = {name: entry for name, entry in deadlines().items() if name.startswith("list_")}
    assert {name: entry.working_days for name, entry in own.items()} == {
        "list_record": 3,
        "list_publication": 20,
        "list_acceptance": 5,
        "list_removal_decision": 20,
        "list_update": 3,
        "list_stop_display": 10,
    }
    assert all(entry.citation and entry.confidence == "recalled" for entry in own.values())


def test_a_stored_list_window_is_computed_again_bit_for_bit() -> None:
    for case in PACKS.lists.cases:
        stored = json.dumps(listing_as_json(list_window(case.facts, PACKS)), ensure_ascii=False)
        window = listing_from_json(json.loads(stored))
        again = list_window(entry_facts_of(window.provenance.inputs), PACKS)
        assert json.dumps(listing_as_json(again), ensure_ascii=False) == stored


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_worked_case_of_the_lists_explains_itself(lang: Literal["zh", "en"]) -> None:
    for case in PACKS.lists.cases:
        sentences = explain_listing(list_window(case.facts, PACKS), lang)
        assert len(sentences) >= 3
        assert PACKS.version in sentences[-1]
        assert not any("{" in sentence or "None" in sentence for sentence in sentences)


def test_the_explanation_names_both_ends_of_a_carried_over_entry() -> None:
    facts = ListEntryFacts(
        authority_region="140100",
        listed_on=date(2023, 10, 20),
        applied_for_listing_on=date(2022, 8, 15),
        previously_published_on=date(2022, 9, 30),
    )
    text = "".join(explain_listing(list_window(facts, PACKS)))
    for part in ("2025-08-15", "2023-09-30", "晋应急发〔2023〕386号", "法制审核", "2023-08-16"):
        assert part in text


def test_every_ground_of_the_lists_has_its_sentence_and_no_sentence_is_left_over() -> None:
    source = (Path(shared.policy.__file__).parent / "list_window.py").read_text(encoding="utf-8")
    written = set(re.findall(r'f"([a-z_]+):\{', source)) | set(re.findall(r'append\("([a-z_]+)"\)', source))
    written |= {"start_day", "last_day"}  # of `outline`, by the same answers of the packs
    assert written == set(LIST_GROUND)
    assert all(list_ground_sentence(f"{code}:x", "zh") and list_ground_sentence(f"{code}:x", "en") for code in written)


def test_a_transition_reaches_functional_zones_by_their_region_only(packs: Packs) -> None:
    facts = ListEntryFacts(
        authority_region="NT-KFQ", listed_on=date(2023, 10, 20), applied_for_listing_on=date(2022, 8, 15)
    )
    assert list_window(facts, packs).grounds[0] == "no_transition"


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """The packaged packs with one text replaced (once) in one file."""
    with as_file(files("shared.policy") / "packs") as packaged:
        folder = copytree(packaged, tmp_path / "packs")

    def replace(name: str, old: str, new: str) -> Path:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return replace


ENTRY_OF_49 = "effective_to = 2023-09-30"


@pytest.mark.parametrize(
    ("name", "old", "new", "entry", "reason"),
    [
        ("aj-49-2017.toml", ENTRY_OF_49, "effective_to = 2023-09-29", "family work-safety-list", "gap"),
        ("aj-49-2017.toml", ENTRY_OF_49, "effective_to = 2023-10-01", "family work-safety-list", "overlap"),
        ("aj-49-2017.toml", ENTRY_OF_49 + "\n", "", "family work-safety-list", "overlap"),
        (
            "mem-11-2023.toml",
            "effective_from = 2023-10-01",
            "effective_from = 2023-10-01\neffective_to = 2030-01-01",
            "family work-safety-list",
            "gap: nothing is in force after 2030-01-01",
        ),
        ("lists.toml", 'id = "mem-11-2023"', 'id = "mem-12-2023"', "mem-11-2023", "holds no situations"),
        ("aj-49-2017.toml", 'family = "work-safety-list"', 'family = "other"', "family work-safety-list", "family"),
        ("mem-11-2023.toml", 'citation = "《安全', 'quotation = "x', "file", "citation is missing"),
        ("mem-11-2023.toml", 'period = "P3Y"', 'period = "3 years"', "file", "is not a duration"),
        ("mem-11-2023.toml", 'after = "P12M"', 'after = "P3Y"', "file", "is not before the end of P3Y"),
        ("mem-11-2023.toml", '"effects_removed", ', '"effects_gone", ', "file.early_removal", "is none of"),
        ("mem-11-2023.toml", '"term", "measures"]', '"term", "measure"]', "file", "is none of"),
        (
            "mem-11-2023.toml",
            'count_from = "listing"',
            'count_from = "application"',
            "file",
            "is none of listing, publication",
        ),
        ("mem-11-2023.toml", 'object = "list_entry"', 'object = "list"', "file", "object must be"),
        ("mem-11-2023.toml", "waits_for_ban = true", "waits_for_ban = true\nmercy = 1", "early_removal", "unknown key"),
        ("sx-386-2023.toml", 'from_rule = "aj-49-2017"', 'from_rule = "aj-48"', "sx-386-2023", "no list rule aj-48"),
        ("sx-386-2023.toml", "effective_from = 2023-10-01", "effective_from = 2023-09-30", "sx-386", "begins before"),
        ("sx-386-2023.toml", 'region = "140000"', 'region = "山西"', "file", "not a six-digit division code"),
        ("aj-49-2017.toml", "closes_on = 2018-05-09", "closes_on = 2018-05-08", "case 1", "worked case fails"),
        ("mem-11-2023.toml", 'period = "P3Y"', 'period = "P2Y"', "case 1", "worked case fails"),
    ],
)
def test_a_broken_list_pack_is_refused_with_file_entry_and_reason(
    edit: Edit, name: str, old: str, new: str, entry: str, reason: str
) -> None:
    with pytest.raises(PackError) as refusal:
        load_packs(edit(name, old, new))
    assert entry in refusal.value.entry
    assert reason in refusal.value.reason


def test_a_list_pack_with_fewer_than_three_worked_cases_is_refused(edit: Edit) -> None:
    folder = edit("sx-386-2023.toml", "sx", "sx")
    path = folder / "sx-386-2023.toml"
    path.write_text("[[case]]".join(path.read_text(encoding="utf-8").split("[[case]]")[:3]), encoding="utf-8")
    with pytest.raises(PackError, match="2 worked cases, at least 3 are needed"):
        load_packs(folder)


def test_packs_without_the_law_of_the_list_are_refused(edit: Edit) -> None:
    folder = edit("sx-386-2023.toml", "sx", "sx")
    for name in ("aj-49-2017.toml", "mem-11-2023.toml", "sx-386-2023.toml"):
        (folder / name).unlink()
    with pytest.raises(PackError, match="list_entry"):
        load_packs(folder)
