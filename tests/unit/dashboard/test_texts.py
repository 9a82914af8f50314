"""Every text that a page asks for exists, in both languages, and none lies about unused."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from services.house import SERVICES
from services.sync import portals
from services.sync.dashboard.texts import LANGUAGES, catalogue, translate, word
from services.sync.portals.columns import Column
from shared.contracts.catalogue import CATALOGUE
from shared.evidence.actions import Action
from shared.rule_files import states

FOLDER = Path("services/sync/dashboard")
_ASKED = re.compile(r"""\bt\(\s*['"]([a-z_]+\.[a-z0-9_-]+)['"]\s*[,)]""")
_STEMS = re.compile(r"""\bt\(\s*['"]([a-z_]+\.[a-z0-9_-]*)['"]\s*~""")
_STEMS_IN_CODE = re.compile(r"""\bt\(\s*f['"]([a-z_]+\.[a-z0-9_-]*)\{""")
_WORD_GROUPS = re.compile(r"""\bw\(\s*['"]([a-z_]+)['"]|\bword\([^,()]+,\s*['"]([a-z_]+)['"]""")
_IN_CODE = re.compile(r"""['"]((?:[a-z_]+)\.(?:[a-z0-9_-]+))['"]""")
_SYSTEM = re.compile(r"""\bsystem\(\s*['"]([a-z_.]+)['"]""")


def _sources() -> str:
    files = [*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py")]
    return "\n".join(file.read_text("utf-8") for file in files)


def test_every_text_asked_for_exists() -> None:
    missing = {key for key in _ASKED.findall(_sources()) if key not in catalogue()}
    assert missing == set()


def test_no_text_lies_about_unused() -> None:
    source = _sources()
    asked = {*_ASKED.findall(source), *_IN_CODE.findall(source)}
    stems = (*_STEMS.findall(source), *_STEMS_IN_CODE.findall(source))
    groups = {group for pair in _WORD_GROUPS.findall(source) for group in pair if group}
    unused = {
        key
        for key in catalogue()
        if key not in asked
        and not key.startswith((*stems, "problems.", "troubles."))
        and not (key.startswith("words.") and key.removeprefix("words.").split("-")[0] in groups)
        and not (key.startswith("notes.") and f'"{key.removeprefix("notes.")}"' in source)
    }
    assert unused == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_text_takes_its_values_in_either_language(lang: str) -> None:
    places = re.compile(r"\{(\w+)")
    for entry in catalogue().values():
        assert set(places.findall(entry["zh"])) == set(places.findall(entry["en"]))
        entry[lang].format(**dict.fromkeys(places.findall(entry[lang]), 1))


def test_an_unknown_key_is_an_error_and_an_unknown_code_is_shown_as_it_is() -> None:
    with pytest.raises(KeyError):
        translate("zh")("common.no_such_text")
    assert word("zh", "portal", "a_fourth_portal") == "a_fourth_portal"
    assert word("zh", "portal", "credit_china") == "信用中国"


def test_every_actor_of_the_house_has_a_word() -> None:
    parts = {part for file in Path("services").rglob("*.py") for part in _SYSTEM.findall(file.read_text("utf-8"))}
    assert parts and {part for part in parts if word("zh", "part", part) == part} == set()


def test_every_act_of_the_audit_log_has_a_word() -> None:
    assert [act.value for act in Action if word("zh", "deed", act.value) == act.value] == []


def test_every_event_that_can_be_set_aside_has_a_word() -> None:
    assert [kind for kind in CATALOGUE if word("zh", "event_type", kind) == kind] == []


def test_every_rule_file_has_a_word() -> None:
    names = {file.name for service in SERVICES.values() for file in states(service.name)}
    assert names and {name for name in names if word("zh", "rule_file", name) == name} == set()


def test_every_field_that_a_portal_shows_is_named_in_both_languages() -> None:
    """A difference names its field on the page of its record, in the run and in the evidence."""
    modules = [
        importlib.import_module(one.name) for one in pkgutil.walk_packages(portals.__path__, f"{portals.__name__}.")
    ]
    tables = [table for module in modules for table in vars(module).values() if isinstance(table, tuple)]
    shown = {one.name for table in tables for one in table if isinstance(one, Column) and one.label}
    assert {"subject_name", "closes_on", "fine"} < shown
    assert {name for name in shown if f"words.field-{name}" not in catalogue()} == set()
