"""A portal states itself in one file of its folder; a folder that is wrong or incomplete is refused in one sentence."""

import shutil
from pathlib import Path

import pytest

from shared.errors import StartRefused
from shared.portals import FOLDER, PortalSetting, read_statements
from shared.vocabulary import PORTAL_STATEMENTS

EXAMPLES = Path(__file__).parents[2] / "conformance" / "portals"
AUDIENCES = ("credit_sites", "market_supervision")


@pytest.fixture
def portals(tmp_path: Path) -> Path:
    """A folder of portals with one that is complete."""
    return shutil.copytree(EXAMPLES, tmp_path / "portals")


def test_the_portals_of_the_house_are_the_folders_that_state_one() -> None:
    assert list(PORTAL_STATEMENTS) == ["credit_china", "credit_jiangsu", "market_supervision"]
    assert {file.parent.name for file in FOLDER.glob("*/portal.toml")} == set(PORTAL_STATEMENTS)


def test_a_statement_tells_names_audience_and_settings(portals: Path) -> None:
    stated = read_statements(portals, AUDIENCES)["county_page"]
    assert (stated.name, stated.order, stated.audience) == ("county_page", 40, "credit_sites")
    assert (stated.short["zh"], stated.short["en"], stated.full["zh"]) == (
        "县级公示",
        "County page",
        "县级信用信息公示页",
    )
    assert stated.settings["url"].default == "http://127.0.0.1:8114"
    assert stated.settings["token"] == PortalSetting("Bearer token for the county's page.", None, True, True)


def test_portals_stand_in_the_order_that_they_state_and_then_by_name(portals: Path) -> None:
    for name, order in (("b_first", "1"), ("a_last", "40"), ("z_first", "1")):
        shutil.copytree(portals / "county_page", portals / name)
        change(portals / name, "order = 40", f"order = {order}")
    assert list(read_statements(portals, AUDIENCES)) == ["b_first", "z_first", "a_last", "county_page"]


def test_what_is_no_portal_is_left_alone(portals: Path) -> None:
    (portals / "__pycache__").mkdir(exist_ok=True)
    (portals / "left_over" / "__pycache__").mkdir(parents=True)
    assert list(read_statements(portals, AUDIENCES)) == ["county_page"]


@pytest.mark.parametrize("part", ["portal.toml", "adapter.py", "stand_in/app.py"])
def test_a_folder_without_one_of_its_parts_is_refused_by_its_name(portals: Path, part: str) -> None:
    (portals / "county_page" / part).unlink()
    with pytest.raises(StartRefused, match=f"county_page has no {part}"):
        read_statements(portals, AUDIENCES)


@pytest.mark.parametrize("name", ["County", "a-b", "x" * 21, "1st", "two__lines"])
def test_a_folder_whose_name_no_column_or_variable_could_hold_is_refused(portals: Path, name: str) -> None:
    (portals / "county_page").rename(portals / name)
    with pytest.raises(StartRefused, match="the name of a portal's folder"):
        read_statements(portals, AUDIENCES)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("order = 40", 'order = "40"', "order must be a whole number"),
        ("order = 40", "", "order must be a whole number"),
        ("order = 40", "order = 40\nrank = 1", "rank is not known; known are audience, fields, name, order, settings"),
        ('"credit_sites"', '"own_column"', "audience must be one of credit_sites, market_supervision"),
        ('"credit_sites"', '["credit_sites"]', "audience must be one of"),
        ("[name]", "[names]", "names is not known"),
        ('short = "County page", ', "", "name.en.short must be a text of 1 to 300 signs"),
        ('short = "County page"', 'short = " "', "name.en.short must be a text"),
        ('short = "County page"', f'short = "{"x" * 301}"', "name.en.short must be a text"),
        ("en = {", "fr = {", "name.en must be a table"),
        ("[name]", '[name]\nfr = { short = "x", full = "y" }', "name.fr is not known; known are en, zh"),
        ('default = "http://127.0.0.1:8114"', "", "settings.url must have a default with a port"),
        (":8114", "", "settings.url must have a default with a port"),
        ("[settings.token]", "[settings.Token]", "settings.Token must be named with small letters"),
        ("secret = true", 'secret = "yes"', "settings.token.secret must be true or false"),
        ("secret = true", 'secret = true\ndefault = "abc"', "settings.token.default must not be there"),
        ("secret = true", "secret = true\nhidden = true", "settings.token.hidden is not known"),
        ('description = "Bearer', '# "', "settings.token.description must be a text"),
        ("[settings.url]", "[fields]\nsite = 1\n[settings.url]", "fields.site must be a table"),
        ("[settings.url]", '[fields]\nsite = { zh = "场所" }\n[settings.url]', "fields.site.en must be a text"),
        ("[settings.url]", '[fields]\nsite = { fr = "lieu" }\n[settings.url]', "fields.site.fr is not known"),
        ("order = 40", "order = = 40", "cannot be read"),
    ],
)
def test_a_wrong_statement_is_refused_with_file_entry_and_reason(portals: Path, old: str, new: str, told: str) -> None:
    change(portals / "county_page", old, new)
    with pytest.raises(StartRefused) as refused:
        read_statements(portals, AUDIENCES)
    assert str(refused.value).startswith(str(portals / "county_page" / "portal.toml"))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def change(folder: Path, old: str, new: str) -> None:
    text = (folder / "portal.toml").read_text("utf-8")
    assert old in text
    (folder / "portal.toml").write_text(text.replace(old, new, 1), "utf-8")
