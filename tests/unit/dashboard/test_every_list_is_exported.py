"""Every list of the dashboard can be taken away, whole and in both forms."""

import re
from pathlib import Path

import pytest

from services.sync import dashboard
from services.sync.dashboard.app import ROUTERS

_TEMPLATES = Path(dashboard.__file__).parent / "templates"
_FOOT = re.compile(r"\{\{ ?list_foot\((.*)\) ?\}\}")
_BOTH = "('xlsx', 'csv')"
_APART = {
    # Contacts with one subject name people of the company; the exit list has the sheet of the bureau as its xlsx.
    "campaign_list.html": "() if part == 'contacts' else ('csv',) if part == 'exit-list' else ('xlsx', 'csv')",
}
_LISTS = sorted(path.name for path in _TEMPLATES.glob("*.html") if _FOOT.search(path.read_text("utf-8")))
_EXPORT = re.compile(r"/(?:export|drifts|completeness|verdicts)\.\{form\}$")


@pytest.mark.parametrize("name", _LISTS)
def test_a_list_that_has_pages_offers_both_forms(name: str) -> None:
    for given in _FOOT.findall((_TEMPLATES / name).read_text("utf-8")):
        assert _APART.get(name, _BOTH) in given, f"{name}: {given}"


def test_a_page_whose_list_ends_in_a_foot_of_its_own_offers_both_forms() -> None:
    own = {path.name: path.read_text("utf-8") for path in _TEMPLATES.glob("*.html") if path.name != "components.html"}
    feet = {name: text for name, text in own.items() if '<p class="foot" {{ export_words(' in text}
    assert set(feet) == {"windows.html", "reconciliation.html"}
    assert all("{% for form in ('xlsx', 'csv') %}" in text for text in feet.values())


def test_every_export_takes_both_forms_by_its_address() -> None:
    routes = [route for router in ROUTERS for route in router.routes if _EXPORT.search(getattr(route, "path", ""))]
    assert len(routes) > 20
    for route in routes:
        [form] = [one for one in route.dependant.path_params if one.name == "form"]  # type: ignore[attr-defined]
        assert {"csv", "xlsx"} <= set(form.field_info.annotation.__args__), route
