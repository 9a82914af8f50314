"""Documents that would be wrong if the code changed alone: glossary, guarantees, runbooks, architecture."""

import ast
import inspect
import re
from enum import StrEnum
from pathlib import Path

import pytest

from services.cli import app as cli
from services.sections import SECTIONS
from shared import vocabulary
from shared.messaging.topology import QUEUES
from shared.vocabulary import PORTAL_STATEMENTS
from tests.architecture.known_metrics import sample_names
from tests.architecture.source import ROOT, modules, project_files, text_of

ENUMS = [
    kind
    for _, kind in inspect.getmembers(vocabulary, inspect.isclass)
    if issubclass(kind, StrEnum) and kind is not StrEnum
]
MEMBERS = [f"{kind.__name__}.{member.name}" for kind in ENUMS for member in kind]
WORDS = [member for member in MEMBERS if not member.startswith("Portal.")]  # a portal is named by its own statement
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
GUARANTEES = text_of("docs/guarantees.md")
STATES = dict(re.findall(r"^\| \[(G\d\d)\].* \| ([a-z ]+) \|$", GUARANTEES, flags=re.MULTILINE))
RUNBOOKS = sorted(
    name for name in project_files() if name.startswith("docs/operations/") and name != "docs/operations/README.md"
)


def terms_in_code() -> dict[str, str]:
    """The first Chinese word of the comment beside each member that has one."""
    found: dict[str, str] = {}
    lines = text_of("shared/vocabulary.py").splitlines()
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                    comment = lines[one.lineno - 1].partition("#")[2]
                    if term := CHINESE.search(comment):
                        found[f"{node.name}.{one.targets[0].id}"] = term.group()
    return found


@pytest.mark.parametrize("member", WORDS)
def test_every_word_of_the_vocabulary_is_in_the_glossary_with_its_chinese_term(member: str) -> None:
    name, _, key = member.partition(".")
    code = getattr(vocabulary, name)[key].value
    [(term, stored)] = re.findall(
        rf"^\| ([^|]+) \| `{re.escape(member)}` \| `([^`|]+)` \|", text_of("docs/glossary.md"), flags=re.MULTILINE
    )
    assert stored == code
    assert CHINESE.search(term)
    assert terms_in_code().get(member, "") in term


@pytest.mark.parametrize("portal", PORTAL_STATEMENTS)
def test_a_portal_has_a_chinese_name_in_its_statement(portal: str) -> None:
    stated = PORTAL_STATEMENTS[portal]
    assert CHINESE.fullmatch(stated.short["zh"])
    assert CHINESE.fullmatch(stated.full["zh"])


def test_the_glossary_names_no_word_that_the_vocabulary_has_lost() -> None:
    known = {kind.__name__ for kind in ENUMS}
    named = re.findall(r"`([A-Z]\w+)\.([A-Z_]+)`", text_of("docs/glossary.md"))
    assert [f"{kind}.{key}" for kind, key in named if kind in known and f"{kind}.{key}" not in MEMBERS] == []


def test_all_sixteen_guarantees_have_a_state() -> None:
    assert list(STATES) == [f"G{number:02d}" for number in range(1, 17)]
    assert set(STATES.values()) <= {"promised", "tested", "not yet promised"}


@pytest.mark.parametrize("number", STATES)
def test_a_promise_is_made_only_with_a_test_and_a_metric(number: str) -> None:
    text = section(number)
    has = (bool(named_tests(text)), bool(metrics_in(text)))
    assert (
        has == {"promised": (True, True), "tested": (True, False), "not yet promised": (False, False)}[STATES[number]]
    )


@pytest.mark.parametrize("number", STATES)
def test_every_test_of_a_promise_exists(number: str) -> None:
    missing = []
    for path, name in named_tests(section(number)):
        if not (ROOT / path).is_file() or not re.search(
            rf"^(?:async )?def {name}\(", text_of(path), flags=re.MULTILINE
        ):
            missing.append(f"{path}::{name}")
    assert missing == []


@pytest.mark.parametrize("number", STATES)
def test_every_metric_of_a_promise_exists(number: str) -> None:
    assert metrics_in(section(number)) - sample_names() == set()


def section(number: str) -> str:
    found = re.search(rf"^## {number}\n((?:.|\n)*?)(?=^## |\Z)", GUARANTEES, flags=re.MULTILINE)
    assert found, f"docs/guarantees.md has no section {number}"
    return found.group(1)


def named_tests(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^- `([\w/.]+)::(\w+)`$", text, flags=re.MULTILINE)


def metrics_in(text: str) -> set[str]:
    line = re.search(r"^Metrics: (.+)$", text, flags=re.MULTILINE)
    return set(re.findall(r"`(\w+)`", line.group(1))) if line else set()


def test_every_queue_is_named_in_the_architecture() -> None:
    page = text_of("docs/architecture.md")
    plain = sorted(queue for queue in QUEUES if not queue.startswith("sync.push."))
    assert [queue for queue in plain if f"`{queue}`" not in page] == []
    assert "`sync.push.<portal>.take_down`" in page


def test_every_decision_has_its_number_once_and_its_line_in_the_list() -> None:
    names = [name for name in project_files() if re.match(r"docs/decisions/\d{4}-", name)]
    numbers = [Path(name).name[:4] for name in names]
    listed = text_of("docs/decisions/README.md")
    assert numbers == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert [name for name in names if f"({Path(name).name})" not in listed] == []


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_says_what_is_seen_why_and_what_to_do(name: str) -> None:
    assert re.findall(r"^## (.+)$", text_of(name), flags=re.MULTILINE) == ["What you see", "Why", "What to do"]
    assert f"({Path(name).name})" in text_of("docs/operations/README.md")


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_names_log_events_and_alerts_that_exist(name: str) -> None:
    code = "\n".join(one.text for one in modules("shared", "services"))
    text = text_of(name)
    events = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)` (?:\(level \w+\) )?(?:in|names|for|repeat|or)\b", text))
    assert [event for event in sorted(events) if event not in code] == []
    alerts = set(
        re.findall(r"`(G\d\d[A-Z]\w+|TimerStandsStill|PortalTakesNoOrders|LooksFindNothing|RequestsFail)`", text)
    )
    assert [alert for alert in sorted(alerts) if f"alert: {alert}\n" not in text_of("deploy/alerts.yaml")] == []


def test_a_command_that_a_document_names_exists() -> None:
    commands = {str(one.name or one.callback.__name__) for one in cli.registered_commands if one.callback}
    commands |= set(SECTIONS)
    pages = [*RUNBOOKS, "README.md", "CONTRIBUTING.md", "deploy/README.md"]
    shown = re.compile(r"^\s*(?:\./run )?creditsync ([a-z][a-z-]*)", flags=re.MULTILINE)
    block = re.compile(r"```[^\n]*\n(.*?)```", flags=re.DOTALL)
    named = {
        (name, command) for name in pages for code in block.findall(text_of(name)) for command in shown.findall(code)
    }
    assert named
    assert sorted((name, command) for name, command in named if command not in commands) == []


def test_every_link_between_documents_leads_somewhere() -> None:
    pages = [name for name in project_files() if name.endswith(".md")]
    links = [(name, target) for name in pages for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text_of(name))]
    assert links
    broken = [f"{name}: {target}" for name, target in links if not ((ROOT / name).parent / target).exists()]
    assert broken == []
