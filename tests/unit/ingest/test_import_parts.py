"""Small parts of imports: where rows stood, what a code advises, which files of a folder are complete."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.files import FaultCode, SourceRow
from services.ingest.imports.advice import _OTHERWISE, advice_for
from services.ingest.imports.complete import Watch, free_name, has_mark, move
from services.ingest.imports.places import places_in, places_of
from services.ingest.imports.pull.page import Page, PageRefused, PullFailure, read_page
from services.ingest.imports.verdict_files import CHINESE
from shared.sentences import Lang
from shared.vocabulary import RecordKind, Verdict

PLACES = st.lists(st.tuples(st.sampled_from([None, "一月", "二月"]), st.integers(1, 50)), min_size=1, max_size=40)


@given(PLACES)
def test_the_place_of_every_row_comes_back(places: list[tuple[str | None, int]]) -> None:
    rows = [SourceRow(number, sheet, line, {}, ()) for number, (sheet, line) in enumerate(places, start=1)]
    assert list(places_in(places_of(rows), len(rows))) == places


def test_rows_line_by_line_take_one_run() -> None:
    rows = [SourceRow(number, None, number + 3, {}, ()) for number in range(1, 1_001)]
    assert json.loads(places_of(rows)) == [[0, None, 4]]


@pytest.mark.parametrize(
    "code", [*FaultCode, *(f"V{number:02d}" for number in range(1, 17)), "B03", "foreign_authority", "objection"]
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_an_advice_of_its_own_in_both_languages(code: str, lang: Lang) -> None:
    assert advice_for(code, lang) not in _OTHERWISE
    assert re.search("[\u4e00-\u9fff]", advice_for(code, "zh"))


def test_every_verdict_has_its_chinese_word() -> None:
    assert set(CHINESE) == set(Verdict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"rows": {}, "next": "1", "has_more": false}',
        b'{"rows": [], "next": "", "has_more": false}',
        b'{"rows": [], "has_more": false}',
    ],
)
def test_an_answer_that_is_no_page_is_malformed(body: bytes) -> None:
    with pytest.raises(PageRefused) as refused:
        read_page(body, "0", RecordKind.PENALTY)
    assert refused.value.reason is PullFailure.MALFORMED


def page_of(*rows: str) -> Page:
    body = f'{{"rows": [{", ".join(rows)}], "next": "9", "has_more": false}}'
    return read_page(body.encode(), "0", RecordKind.PENALTY)


def test_what_is_no_row_keeps_its_place_in_the_page() -> None:
    page = page_of('{"a": "1"}', "[1]", '{"a": [1]}', '{"a": null, "b": 2.50, "c": true}')
    assert page.rows == [{"a": "1"}, {}, {}, {"a": None, "b": "2.50", "c": True}]
    assert {place: [one.code for one in found] for place, found in page.faults.items()} == {
        2: ["not_a_row"],
        3: ["nested_value"],
    }


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (r'{"CF_SY": "\ud83d"}', "lost_characters"),
        (r'{"\ud83d": "x", "CF_SY": "\ufffd"}', "lost_characters"),
        ('{"CF_SY": "1", "CF_SY": "2"}', "doubled_field"),
        (f'{{"CF_SY": {"9" * 40_000}}}', "cell_too_long"),
        ('{"a": ' * 50_000 + "1" + "}" * 50_000, "nested_value"),
    ],
)
def test_an_odd_row_is_stopped_alone_and_its_page_goes_on(odd: str, code: str) -> None:
    page = page_of('{"CF_SY": "1"}', odd, '{"CF_SY": "2"}')
    assert (page.rows[0], page.rows[2], page.next) == ({"CF_SY": "1"}, {"CF_SY": "2"}, "9")
    assert {place: [one.code for one in found] for place, found in page.faults.items()} == {2: [code]}
    assert json.dumps(page.rows, ensure_ascii=False).encode()


def test_a_page_with_a_row_too_deep_and_a_broken_end_is_malformed() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    for end in (
        "], [1]: 2}",
        '], "next": "9", "has_more": false} x',
        "",
        ",",
        ", ]",
        "] x",
        '], "next" "9"}',
        '], "next": "9", "has_more": tru}',
    ):
        with pytest.raises(PageRefused) as refused:
            read_page(f'{{"rows": [{deep} {end}'.encode(), "0", RecordKind.PENALTY)
        assert refused.value.reason is PullFailure.MALFORMED


def test_an_absurd_number_is_a_text_for_the_checks() -> None:
    page = page_of('{"CF_NR_FK": 1e999}', f'{{"CF_NR_FK": {"9" * 5_000}}}', '{"CF_NR_FK": NaN}')
    assert [row["CF_NR_FK"] for row in page.rows] == ["1e999", "9" * 5_000, "NaN"]
    assert page.faults == {}


def test_a_file_that_grows_is_not_complete(tmp_path: Path) -> None:
    watch, file = Watch(tmp_path), tmp_path / "a.csv"
    file.write_bytes(b"1")
    assert watch.ready() == []
    file.write_bytes(b"12")
    assert watch.ready() == []
    assert watch.ready() == [file]


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"old")
    (tmp_path / "a-2.csv.verdicts.csv").touch()
    assert free_name(tmp_path, "a.csv", ".verdicts.csv") == "a-3.csv"
    new = tmp_path / "new"
    new.write_bytes(b"new")
    with pytest.raises(FileExistsError):
        move(new, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    move(new, tmp_path / "a-3.csv")
    assert (tmp_path / "a-3.csv").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["名" * 83 + ".csv", "a" * 255, "a." + "b" * 253, "名" * 85])
def test_a_name_leaves_room_for_its_companion(tmp_path: Path, name: str) -> None:
    first = free_name(tmp_path, name, ".verdicts.csv")
    (tmp_path / f"{first}.verdicts.csv").touch()
    second = free_name(tmp_path, name, ".verdicts.csv")
    (tmp_path / f"{second}.verdicts.csv").touch()
    assert first != second
    assert not has_mark(tmp_path / name, ".force")
