"""A broken pack is refused whole, with its file, its entry and the reason; `load_packs` returns nothing half-read."""

from collections.abc import Callable
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree

import pytest

from shared.policy import PackError, load_packs
from shared.policy.load import parse_texts, texts_of
from shared.vocabulary import Severity
from tests.unit.policy.facts import penalty, window

Edit = Callable[[str, str, str], Path]
ORDINARY = 'id = "ordinary"\nseverity = "ordinary"\nwhen = ["otherwise"]'


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """The packaged packs with one text replaced (once) in one file."""
    with as_file(files("shared.policy") / "packs") as packaged:
        folder = copytree(packaged, tmp_path / "packs")

    def replace(name: str, old: str, new: str) -> Path:
        path = folder / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return replace


@pytest.mark.parametrize(
    ("name", "old", "new", "entry", "reason"),
    [
        (
            "ndrc-58-2023.toml",
            "effective_from = 2023-05-01",
            "effective_from = 2023-05-02",
            "family ndrc-penalty",
            "gap",
        ),
        (
            "ndrc-58-2023.toml",
            "effective_from = 2023-05-01",
            "effective_from = 2023-04-30",
            "family ndrc-penalty",
            "overlap",
        ),
        (
            "ndrc-36-2026.toml",
            "effective_from = 2026-04-01",
            "effective_from = 2026-04-01\neffective_to = 2030-12-31",
            "family ndrc-penalty",
            "gap: nothing is in force after 2030-12-31",
        ),
        ("ndrc-58-2023.toml", 'family = "ndrc-penalty"', 'family = "rival"', "family ndrc-penalty", "gap"),
        ("cz-yj-19-2022.toml", 'region = "320400"', 'region = "320000"', "family", "overlap"),
        ("ndrc-36-2026.toml", "fine_from:huge", "fine_from:enormous", "class 1 (serious)", "'enormous' is none of"),
        ("ndrc-36-2026.toml", '"serious_by_law"', '"seriuos_by_law"', "class 1 (serious)", "unknown condition"),
        ("exclusions.toml", 'when = "secret"', 'when = "hush"', "exclusion secret", "unknown condition"),
        (
            "exclusions.toml",
            'audiences = ["credit_sites", "market_supervision"]\neffect = "withhold"',
            'audiences = ["credit_sites", "market_supervision"]\neffect = "mask"',
            "natural_person_credit_sites",
            "effect: mask is possible on own_column alone",
        ),
        (
            "exclusions.toml",
            'when = "under_18"\naudiences = ["own_column", "credit_sites", "market_supervision"]\neffect = "withhold"',
            'when = "under_18"\naudiences = ["own_column"]\neffect = "mask"',
            "under_18",
            "effect: mask is possible for natural_person alone, not for under_18",
        ),
        ("exclusions.toml", 'effect = "withhold"', 'effect = "blur"', "secret", "'blur' is none of withhold, mask"),
        ("js-yj-33-2022.toml", "citation = ", "quotation = ", "file", "citation is missing"),
        (
            "selection.toml",
            'citation = "常州经开区"',
            'citation = " "',
            "region_alias 4 (CZ-JKQ)",
            "citation is missing",
        ),
        ("js-yj-33-2022.toml", 'confidence = "found"', 'confidence = "sure"', "file", "'sure' is none of"),
        ("js-yj-33-2022.toml", 'issuer = "', 'isuer = "', "file", "issuer is missing"),
        ("js-yj-33-2022.toml", 'count_from = "decision"\n', "", "js-yj-33-2022/serious", "count_from is missing"),
        ("js-yj-33-2022.toml", '"decision"\ncitation', '"arrival"\ncitation', "file", "'arrival' is none of decision"),
        ("js-yj-33-2022.toml", '"decision"\ncitation', '"listing"\ncitation', "file", "'listing' is none of decision"),
        (
            "js-yj-33-2022.toml",
            'min = "P6M"',
            'min = "P6M"\ncount_from = "effect"',
            "class 1 (serious)",
            "count_from: 'effect' is none of decision, disclosure",
        ),
        (
            "js-yj-33-2022.toml",
            'count_from = "decision", closes_on',
            'count_from = "disclosure", closes_on',
            "case 5",
            "worked case fails: count_from is decision, expected disclosure",
        ),
        (
            "sc-22-2025.toml",
            'role = "frame"',
            'role = "frame"\ncount_from = "decision"',
            "file",
            "count_from: a frame or a document that carries another audience has no period",
        ),
        ("js-yj-33-2022.toml", 'issuer = "', 'colour = "red"\nissuer = "', "file", "unknown key colour"),
        ("js-yj-33-2022.toml", 'max = "P3Y"', 'max = "3Y"', "class 1 (serious)", "is not a duration"),
        ("js-yj-33-2022.toml", 'max = "P3Y"', 'max = "P5M"', "class 1 (serious)", "min P6M is longer than max P5M"),
        ("js-yj-33-2022.toml", 'min = "P6M"\n', "", "class 1 (serious)", "repair = after_min needs min"),
        ("js-yj-33-2022.toml", 'max = "P3Y"\n', "", "class 1 (serious)", "needs either max or ends"),
        ("js-yj-33-2022.toml", 'when = ["otherwise"]', 'when = ["accident_related"]', "file", "'otherwise'"),
        ("js-yj-33-2022.toml", 'publish_to = ["own_column"]', 'publish_to = ["credit_sites"]', "class 1", "not govern"),
        ("js-yj-33-2022.toml", ORDINARY, ORDINARY.replace("ordinary", "serious", 1), "class 2 (serious)", "used twice"),
        ("js-yj-33-2022.toml", "closes_on = 2023-06-01", "closes_on = 2023-06-02", "case 1", "worked case fails"),
        ("js-yj-33-2022.toml", "2022-03-14", "2022-03-15", "case 2", "worked case fails"),
        (
            "gsxt-carry-2014.toml",
            'carries = "credit_sites"',
            'carries = "market_supervision"',
            "gsxt",
            "must have rules",
        ),
        ("sc-22-2025.toml", 'id = "sc-22-2025"', 'id = "ndrc-58-2023"', "ndrc-58-2023", "the same id as in"),
        (
            "selection.toml",
            '"暂扣许可证件", "降低资质等级"',
            '"暂扣许可证"',
            "suspension_or_downgrade",
            "no penalty type",
        ),
        ("selection.toml", 'mode = "most_favourable"', 'mode = "latest"', "file", "is none of"),
        ("selection.toml", "yuan = 100000", "yuan = -1", "fine_tier 1 (serious_58)", "whole number"),
        ("lists.toml", '"49.01" =', '"11.6.1" =', "list mem-11-2023", "is in aj-49-2017 too"),
        ("selection.toml", 'version = "2026.11"', "version = ", "file", "is not TOML"),
        ("selection.toml", "yuan = 100000", f"yuan = {'9' * 5_000}", "file", "is not TOML: Exceeds the limit"),
        ("selection.toml", 'version = "2026.11"', "version = " + "[" * 3_000, "file", "nested more than 20 deep"),
        ("lists.toml", 'id = "mem-11-2023"', f"id.{'a.' * 3_000}a = 1", "file", "nested more than 20 deep"),
        (
            "lists.toml",
            "serious_list = false",
            "serious_list = true",
            "list ndrc-527-2019",
            "overlap: aj-49-2017 is the serious list from 2017-05-09 to 2023-09-30",
        ),
    ],
)
def test_a_broken_pack_is_refused_with_file_entry_and_reason(
    edit: Edit, name: str, old: str, new: str, entry: str, reason: str
) -> None:
    with pytest.raises(PackError) as refusal:
        load_packs(edit(name, old, new))
    assert entry in refusal.value.entry
    assert reason in refusal.value.reason
    assert refusal.value.file.endswith(".toml")


def test_a_rule_with_fewer_than_three_worked_cases_is_refused(edit: Edit) -> None:
    folder = edit("gsxt-carry-2014.toml", "carries", "carries")
    path = folder / "gsxt-carry-2014.toml"
    path.write_text(path.read_text(encoding="utf-8").rpartition("[[case]]")[0], encoding="utf-8")
    with pytest.raises(PackError, match="2 worked cases, at least 3 are needed"):
        load_packs(folder)


def test_a_missing_settings_file_is_refused(edit: Edit) -> None:
    folder = edit("lists.toml", "serious_list", "serious_list")
    (folder / "lists.toml").unlink()
    with pytest.raises(PackError, match=r"lists\.toml: file: is missing"):
        load_packs(folder)


def test_the_version_changes_with_every_character_but_not_with_line_ends(edit: Edit) -> None:
    packaged = load_packs().version
    folder = edit("lists.toml", "超层越界", "超层越界")
    assert load_packs(folder).version == packaged
    path = folder / "lists.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_packs(folder).version == packaged
    edit("lists.toml", "超层越界", "越界超层")
    assert load_packs(folder).version != packaged


def test_a_byte_order_mark_changes_nothing_whichever_way_the_file_comes(edit: Edit) -> None:
    packaged = load_packs().version
    folder = edit("lists.toml", "超层越界", "超层越界")
    path = folder / "lists.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_packs(folder).version == packaged
    texts = {name: f"\ufeff{text}".replace("\n", "\r\n") for name, text in texts_of().items()}
    assert parse_texts(texts)[0].version == packaged


def test_half_a_character_is_refused_with_its_file() -> None:
    texts = texts_of()
    with pytest.raises(PackError, match=r"lists\.toml: file: is no text"):
        parse_texts(texts | {"lists.toml": texts["lists.toml"] + "# \ud800"})


def test_an_overlap_that_was_adopted_once_stays_readable() -> None:
    texts = texts_of()
    texts["lists.toml"] = texts["lists.toml"].replace("serious_list = false", "serious_list = true")
    assert len([one for one in parse_texts(texts)[0].settings.lists if one.serious_list]) == 3


def test_a_folder_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="absent: folder: there is no such folder"):
        load_packs(tmp_path / "absent")


def test_a_lawyer_changes_a_setting_without_a_programmer(edit: Edit) -> None:
    small = penalty("2026-05-01", fine=Decimal(3_000))
    assert window(small, load_packs(), "2026-05-02").severity is Severity.ORDINARY
    folder = edit("selection.toml", 'id = "low"\nyuan = 0', 'id = "low"\nyuan = 5000')
    assert window(small, load_packs(folder), "2026-05-02").severity is Severity.MINOR
