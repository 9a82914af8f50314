"""A portal that is in the vocabulary has everything that the house needs of one (`docs/operations/add-a-portal.md`).

Whoever adds one is told here what is still missing, and not by a page that fails.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.local.addresses import Addresses
from services.portals import mock_portal, portal_adapters
from services.repair.tracking.texts import TEXTS as TRACKING
from services.sync.certificates.texts import TEXTS as CERTIFICATES
from services.sync.dashboard.pages import consistency, deliveries, reconciliations, records, windows
from services.sync.mock_portals.app import MOCKS
from services.sync.portals.registry import ADAPTERS
from services.sync.reconciliation.report.texts import TEXTS as REPORTS
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.messaging.topology import QUEUES, push_queue
from shared.vocabulary import PORTALS_OF, Portal

ROOT = Path(__file__).parents[3]
SYNC = ROOT / "services" / "sync"


@pytest.mark.parametrize("portal", Portal)
def test_a_portal_has_its_folders_with_dated_quirks(portal: Portal) -> None:
    folder = SYNC / "portals" / portal
    assert {one.name for one in folder.iterdir()} >= {"QUIRKS.md", "adapter.py", "limits.py", "mapping.py"}
    assert "As of 20" in (folder / "QUIRKS.md").read_text("utf-8")
    assert (SYNC / "mock_portals" / portal / "app.py").is_file()


@pytest.mark.parametrize("portal", Portal)
def test_a_portal_has_adapter_stand_in_address_queues_and_one_audience(portal: Portal, tmp_path: Path) -> None:
    assert portal in ADAPTERS
    assert portal in MOCKS
    settings = SyncSettings(data_dir=tmp_path)
    assert portal_adapters(settings, SystemClock())[portal].portal == portal
    _, host, port = mock_portal(portal, settings)
    assert f"{host}:{port}" == str(getattr(settings, f"{portal}_url")).rpartition("/")[2]
    assert portal in Addresses.usual().portals
    assert {push_queue(portal, take_down=way) for way in (True, False)} <= set(QUEUES)
    assert sum(portal in portals for portals in PORTALS_OF.values()) == 1


@pytest.mark.parametrize("portal", Portal)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_portal_is_named_wherever_people_read_of_it(portal: Portal, lang: str) -> None:
    words = SYNC / "dashboard" / "texts" / "words.toml"
    assert tomllib.loads(words.read_text("utf-8"))[f"portal-{portal}"][lang]
    texts: list[tuple[Mapping[str, str], str]] = [
        (CERTIFICATES[lang], portal),
        (REPORTS[lang], portal),
        (TRACKING[lang], f"portal_{portal}"),
    ]
    assert all(of_page[name] for of_page, name in texts)


def test_the_pages_offer_every_portal() -> None:
    for page in (consistency, deliveries, reconciliations, records, windows):
        assert tuple(map(str, Portal)) == page.PORTALS, page.__name__


def test_the_composed_house_knows_every_portal() -> None:
    composed = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
    for portal in Portal:
        assert f"CREDITSYNC_{portal.upper()}_URL" in composed
        assert f"command: [portal, {portal}]" in composed
