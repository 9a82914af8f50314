"""What the pages of data, law, campaign and list make of forms and readings, before any service is asked."""

from datetime import date
from typing import Any

import pytest

from services.sync.dashboard.pages.campaigns import MAP, cities, state_of
from services.sync.dashboard.pages.data_sharing import departments
from services.sync.dashboard.pages.forms import months, wanted
from services.sync.dashboard.pages.policy import differing, merged
from services.sync.dashboard.pages.quarantine import changed_cells
from services.sync.dashboard.pages.serious_list import candidate, step_body
from services.sync.dashboard.pages.waiting import first_day, stated
from services.sync.dashboard.reading import Reading

TODAY = date(2026, 1, 22)


def test_only_cells_that_a_person_changed_are_sent_and_an_emptied_one_is_null() -> None:
    cells = {"A": "1 ", "B": 15, "C": None, "D": "out", "E": "x"}
    fields = {"cell.A": "1", "cell.B": "16", "cell.C": "", "cell.D": "", "cell.Z": "foreign"}
    assert changed_cells(cells, fields) == {"B": "16", "D": None}


def test_a_cell_of_several_lines_is_not_taken_for_changed_because_a_browser_ends_lines_its_own_way() -> None:
    cells = {"A": "one\ntwo", "B": "one\r\ntwo", "C": "one\ntwo"}
    fields = {"cell.A": "one\r\ntwo", "cell.B": "one\r\ntwo", "cell.C": "one\r\nthree"}
    assert changed_cells(cells, fields) == {"C": "one\nthree"}


def test_one_given_file_stands_in_place_of_its_namesake_and_a_whole_set_alone() -> None:
    in_force = {"a.toml": "1", "b.toml": "2"}
    assert merged(in_force, {"b.toml": "3"}, whole=False) == {"a.toml": "1", "b.toml": "3"}
    assert merged(in_force, {"b.toml": "3"}, whole=True) == {"b.toml": "3"}
    compared = Reading("disclosure", {"b.toml": "3", "c.toml": "4"})
    assert differing(compared, Reading("disclosure", in_force)) == ["a.toml", "b.toml", "c.toml"]
    assert differing(compared, Reading("disclosure", why="down")) == []


@pytest.mark.parametrize(
    ("given", "form", "unit", "month"),
    [
        ({}, "B", "320000", "2026-01"),
        ({"form": "B", "unit": "320600"}, "B", "320000", "2026-01"),
        ({"form": "A", "unit": "320000"}, "A", "320400", "2026-01"),
        ({"form": "A", "unit": "320600", "month": "2025-12", "cutoff_day": "x"}, "A", "320600", "2025-12"),
    ],
)
def test_a_form_is_always_one_that_exists(given: dict[str, str], form: str, unit: str, month: str) -> None:
    assert wanted(given, TODAY) == (form, {"unit": unit, "month": month, "cutoff_day": None})


def test_months_go_back_over_the_turn_of_the_year() -> None:
    assert months(TODAY)[:3] == ["2026-01", "2025-12", "2025-11"]


def test_progress_of_counties_is_added_up_by_city() -> None:
    lines = [{"region": region, "total": 4, "done": gone} for region, gone in (("320600", 4), ("320613", 1))]
    assert cities(Reading("disclosure", lines)) == {"320600": {"total": 8, "done": 5, "state": "more_than_half"}}
    assert cities(Reading("disclosure", why="down")) == {}


@pytest.mark.parametrize(
    ("total", "gone", "state"), [(4, 4, "cleared"), (4, 0, "not_begun"), (4, 1, "begun"), (4, 2, "more_than_half")]
)
def test_how_far_a_region_is_in_one_word(total: int, gone: int, state: str) -> None:
    assert state_of(total, gone) == state


def test_the_map_has_each_of_the_thirteen_cities_once() -> None:
    placed = [city for row in MAP for city in row if city]
    assert len(placed) == len(set(placed)) == 13


def test_only_what_was_filled_in_is_stated() -> None:
    fields = {
        "reason": "核实",
        "severity": "",
        "secret": "no",
        "fine": "60000",
        "type.fine": "yes",
        "situation.11.6.4": "yes",
    }
    assert stated(fields) == {
        "reason": "核实",
        "secret": False,
        "fine": "60000",
        "penalty_types": ["fine"],
        "list_conditions": ["11.6.4"],
    }


def test_the_earliest_last_day_of_a_waiting_record_counts() -> None:
    publications = [{"confirm_by": day} for day in ("2027-03-01", None, "2026-12-01")]
    assert first_day({"publications": publications}) == "2026-12-01"


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({"action": "hear"}, {}),
        ({"action": "serve_notice", "notice.facts": "事实"}, {"notice": {"facts": "事实"}}),
        ({"action": "decide", "document_number": "1号"}, {"document_number": "1号", "ban_until": None}),
        ({"action": "approve_removal", "condition.effects_removed": "yes"}, {"conditions": ["effects_removed"]}),
    ],
)
def test_a_step_brings_what_its_action_needs(fields: dict[str, str], more: dict[str, Any]) -> None:
    body = step_body({**fields, "version": "3", "reason": "依法"})
    assert body == {"action": fields["action"], "version": 3, "reason": "依法", **more}


def test_a_new_entry_names_only_the_persons_that_were_filled_in() -> None:
    made = candidate({"subject": "样例", "kind": "legal_person", "name.1": "样例丙", "number.1": "32990019700101001X"})
    assert [one["name"] for one in made["people"]] == ["样例丙"]
    assert made["subject"] == {"kind": "legal_person", "name": "样例", "uscc": None, "address": None}


def test_a_post_begins_with_a_department_that_checks_the_list() -> None:
    items = [
        {"department": "办公室", "duties": ["portal_column"]},
        {"department": "科信处", "duties": ["data_sharing"]},
    ]
    assert departments(Reading("ingest", {"items": items})) == ["科信处"]
