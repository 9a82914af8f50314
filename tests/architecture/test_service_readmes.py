"""What people write in a service's README names what the service has; the rest is written by `tests/contracts`."""

import re

import pytest

from services.house import SERVICES
from tests.architecture.source import modules, text_of

HEADINGS = ["Endpoints", "Events in", "Events out", "Tables", "Timers", "Settings", "Runbooks"]

OF_EVERY_SERVICE = {"housekeeping", "audit.link", "audit.seal", "audit.verify"}


def section(service: str, heading: str) -> str:
    page = text_of(f"services/{service}/README.md")
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_headings(service: str) -> None:
    assert re.findall(r"^## (.+)$", text_of(f"services/{service}/README.md"), flags=re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("service", SERVICES)
def test_the_tables_are_those_in_code(service: str) -> None:
    assert first_cells(section(service, "Tables")) == set(SERVICES[service].tables.metadata.tables)


@pytest.mark.parametrize("service", SERVICES)
def test_the_timers_are_those_in_code(service: str) -> None:
    named = re.compile(r"\b(?:Timer|Daily)\(\s*f?\"([^\"]+)\"")
    own = [one for one in modules("services") if one.path.startswith(f"services/{service}/")]
    found = {name.replace("{portal}", "<portal>") for one in own for name in named.findall(one.text)}
    assert first_cells(section(service, "Timers")) == found | OF_EVERY_SERVICE
