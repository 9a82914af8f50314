"""Whatever ingest says of a row or a file is told in Chinese too, out of the English that is stored (G02)."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from services.ingest.domain.check_words import CHECK_WORDS
from services.ingest.domain.checks import Day, judge
from services.ingest.domain.parsed import parse
from services.ingest.files import FaultCode, FileLimits, FileRefused, open_table
from services.ingest.files.fault_words import FAULT_WORDS, why
from services.ingest.files.faults import TEXTS, fault
from services.ingest.files.file_words import ADVICE_WORDS, FILE_WORDS
from services.ingest.files.headers import no_header
from services.ingest.in_words import advice_in, finding_in, of_file_in
from services.ingest.mapping.draft import read_row
from shared.identifiers import IdentifierProblem, parse_citizen_number, parse_document_number, parse_uscc
from shared.identifiers.words import IDENTIFIER_WORDS
from shared.sentences import Lang, Sentences

INGEST = Path("services/ingest")
CORPUS = Path(__file__).parents[2] / "corpus" / "ingest"
FILES = (INGEST / "files", INGEST / "imports")
_SAID = re.compile(r"""\bsaid\(\s*"(\w+)\"""")
_PLACE = re.compile(r"\{(\w+)\}")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_OTHER_WORDS = re.compile(r"[A-Za-z]{2,}(?: +[A-Za-z]{2,}){2,}")


def _filled(form: str) -> str:
    return form.format(**{name: f"<{name}>" for name in _PLACE.findall(form)})


@pytest.mark.parametrize("catalogue", [CHECK_WORDS, IDENTIFIER_WORDS, FAULT_WORDS, FILE_WORDS, ADVICE_WORDS])
def test_each_sentence_is_told_with_its_values(catalogue: Sentences) -> None:
    for english, chinese in catalogue.forms.values():
        assert _CHINESE.search(chinese) and not _OTHER_WORDS.search(chinese)
        assert set(_PLACE.findall(chinese)) <= set(_PLACE.findall(english))
        assert catalogue.in_chinese(_filled(english)) == _filled(chinese)


def test_the_catalogue_holds_what_the_checks_say_and_nothing_else() -> None:
    files = [*(INGEST / "domain").glob("*.py"), INGEST / "admit.py", INGEST / "decide.py"]
    source = "\n".join(file.read_text("utf-8") for file in files)
    by_choice = {"no_amount_in_wan", "no_amount_in_yuan", "open_end_unread", "day_unread"}
    assert {*_SAID.findall(source), *by_choice} == set(CHECK_WORDS.forms)


def _calls(folders: tuple[Path, ...], *names: str) -> Iterator[ast.Call]:
    for file in (file for folder in folders for file in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield node


def test_no_finding_is_worded_beside_the_catalogue() -> None:
    beside = [
        ast.unparse(call)
        for call in _calls((INGEST,), "Finding")
        if len(call.args) > 2 and isinstance(call.args[2], ast.Constant | ast.JoinedStr)
    ]
    assert beside == []


def _texts(node: ast.expr, function: ast.AST) -> Iterator[str]:
    """What an argument may say, a 7 in place of each value; of a name what the same function gives it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, function)
        yield from _texts(node.orelse, function)
    elif isinstance(node, ast.Name):
        for one in ast.walk(function):
            if isinstance(one, ast.Assign) and any(getattr(target, "id", "") == node.id for target in one.targets):
                yield from _texts(one.value, function)


def _said_by(folders: tuple[Path, ...], name: str, argument: int) -> set[str]:
    found: set[str] = set()
    for file in (file for folder in folders for file in folder.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                called = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
                if called == name and len(call.args) > argument:
                    found.update(_texts(call.args[argument], function))
    return {text for text in found if " " in text and not text.startswith("7")}


@pytest.mark.parametrize(
    ("name", "argument", "least", "told"),
    [
        ("FileRefused", 1, 15, of_file_in),
        ("FileNote", 1, 10, of_file_in),
        ("FileRefused", 2, 10, advice_in),
        ("_end", 4, 1, of_file_in),
    ],
)
def test_what_is_said_of_a_file_has_chinese_words(
    name: str, argument: int, least: int, told: Callable[[Lang, str], str]
) -> None:
    sentences = _said_by(FILES, name, argument)
    assert len(sentences) >= least
    assert {text for text in sentences if not _CHINESE.search(told("zh", text))} == set()


def test_why_a_workbook_or_an_array_is_broken_has_chinese_words() -> None:
    reasons = {
        text for name in ("damaged", "unsafe", "Unreadable") for text in _said_by((INGEST / "files",), name, 0)
    } | _said_by((INGEST / "files",), "_gap", 1)
    assert len(reasons) > 20
    assert {text for text in reasons if not _CHINESE.search(why(text))} == set()


@pytest.mark.parametrize("code", FaultCode)
def test_every_fault_of_a_row_is_told_with_its_values(code: FaultCode) -> None:
    found = fault(code, found=3, wanted=5, limit=9, why="the array is cut off")
    told = finding_in("zh", found.sentence)
    assert _CHINESE.search(told) and not _OTHER_WORDS.search(told)
    assert all(value in told for value in re.findall(r"\d+", found.sentence) if value not in ("8", "18030"))
    assert _CHINESE.search(advice_in("zh", TEXTS[code][1]))


@pytest.mark.parametrize(
    "problem",
    [
        *map(parse_uscc, ("", "11320600", "91320600YLOOOOO33X", "91320600YL小00033X", "0" * 18, "91320600YL00000330")),
        *map(parse_citizen_number, ("", "32", "abcdefghijklmnopqr", "999999200810310028", "329999200813310028")),
        *map(parse_citizen_number, ("329999200810310029", "91320600YL00000330")),
        *map(parse_document_number, ("", "号" * 65, "号" * 300)),
    ],
)
def test_why_a_text_is_no_identifier_is_told(problem: object) -> None:
    assert isinstance(problem, IdentifierProblem)
    told = finding_in("zh", problem.message)
    assert _CHINESE.search(told) and not _OTHER_WORDS.search(told)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            CHECK_WORDS.said("publication_end", day="2027-01-01", choices="2027-10-30 or 2028-10-30"),
            "来源所写的公示截止日为 2027-01-01；按规定为 2027-10-30或2028-10-30，以规定为准。",
        ),
        (
            CHECK_WORDS.said("other_fine", fine="600", column="CF_NR", told="5000 and 7000"),
            "本栏为 600 元，“处罚内容”栏写的是 5000和7000 元。",
        ),
        (
            CHECK_WORDS.said("repeated", fields="fine, document_number"),
            "该行另有改动，同时又写入了经异议核实有误的内容（罚款金额、行政处罚决定书文号）。",
        ),
        ("A sentence of a later release.", "A sentence of a later release."),
    ],
)
def test_values_within_a_sentence_are_told_as_chinese_writes_them(english: str, chinese: str) -> None:
    assert finding_in("zh", english) == chinese
    assert finding_in("en", english) == english


def test_places_and_kinds_are_told_as_people_name_them() -> None:
    note = FILE_WORDS.said("totals", places="line 5, 一月 row 7 and 3 more")
    assert of_file_in("zh", note) == "合计行不是信息，未读取：第 5 行、“一月”第 7 行 等，另有 3 处。"
    for where, told in (("The first rows", "前几行中"), ("The first 20 rows of every sheet", "各工作表前 20 行中")):
        assert of_file_in("zh", no_header(where).sentence) == f"{told}没有模板的栏目。"
    refusal = FILE_WORDS.said("other_kind", kinds="penalty", found="licence")
    assert of_file_in("zh", refusal) == "文件按“行政处罚”报送，其栏目却属于“行政许可”。"
    assert of_file_in(
        "zh", "Row 3, line 9: " + fault(FaultCode.REST_UNREADABLE, why="the array is cut off").sentence
    ) == ("第 3 条（文件第 9 行）：自此处起文件无法读取（数组被截断）；其后各行没有结论。")


def _of_corpus() -> Iterator[tuple[str, str, Callable[[Lang, str], str]]]:
    """Everything that is said of real files and their rows, with what tells it."""
    day = Day(date(2026, 11, 2), on_time_from=date(2026, 10, 22))
    for path in sorted(one for one in CORPUS.glob("*/*") if one.suffix != ".toml"):
        try:
            with open_table(path, path.name, FileLimits()) as table:
                for row in table.rows():
                    yield from ((path.name, fault.sentence, finding_in) for fault in row.faults)
                    found = judge(parse(read_row(table.kind, row.cells)), day)
                    yield from ((path.name, finding.message, finding_in) for finding in found)
                yield from ((path.name, note.sentence, of_file_in) for note in table.notes)
        except FileRefused as refused:
            yield path.name, refused.sentence, of_file_in
            yield path.name, refused.advice, advice_in


def test_everything_that_is_said_of_real_files_is_told_in_chinese() -> None:
    said = set(_of_corpus())
    assert len(said) > 60
    assert [(file, text) for file, text, tell in said if tell("zh", text) == text] == []
    assert [(file, text) for file, text, tell in said if _OTHER_WORDS.search(tell("zh", text))] == []
