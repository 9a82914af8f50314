"""What a portal states reaches everything that the house needs of one (`docs/operations/add-a-portal.md`)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.local.addresses import Addresses
from services.local.story import _name
from services.portals import mock_portal, portal_adapters
from services.repair.tracking.texts import TEXTS as TRACKING
from services.sync.certificates.texts import TEXTS as CERTIFICATES
from services.sync.dashboard.pages import consistency, deliveries, reconciliations, records, windows
from services.sync.dashboard.texts import word
from services.sync.portals.options import PortalOptions
from services.sync.portals.registry import create_adapter
from services.sync.reconciliation.report.texts import TEXTS as REPORTS
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.errors import StartRefused
from shared.messaging.topology import QUEUES, push_queue
from shared.portals import FOLDER
from shared.settings import load
from shared.vocabulary import PORTAL_STATEMENTS, PORTALS_OF, Audience, Portal

PRODUCTION = {
    "mode": "production",
    "database_url": "postgresql+asyncpg://a:b@db/creditsync",
    "bus_url": "amqp://a:b@mq/creditsync",
    "issuer": "https://id.example",
    "jwks": "https://id.example/keys",
    "evidence_keys": Path("keys.json"),
    "person_key": "0" * 64,
    "certificate_url": "https://sync.example",
}
STATED = [(portal, name) for portal in Portal for name in PORTAL_STATEMENTS[portal].settings]


@pytest.mark.parametrize("portal", Portal)
def test_a_portal_has_dated_quirks(portal: Portal) -> None:
    assert "As of 20" in (FOLDER / portal / "QUIRKS.md").read_text("utf-8")


@pytest.mark.parametrize("portal", Portal)
def test_a_portal_has_adapter_stand_in_address_queues_and_one_audience(portal: Portal, tmp_path: Path) -> None:
    settings = SyncSettings(data_dir=tmp_path)
    assert portal_adapters(settings, SystemClock())[portal].portal == portal
    _, host, port = mock_portal(portal, settings)
    assert f"http://{host}:{port}" == settings.address_of(portal) == Addresses.usual().portals[portal]
    assert {push_queue(portal, take_down=way) for way in (True, False)} <= set(QUEUES)
    assert sum(portal in portals for portals in PORTALS_OF.values()) == 1
    assert portal not in PORTALS_OF[Audience.OWN_COLUMN]


@pytest.mark.parametrize("portal", Portal)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_portal_is_named_wherever_people_read_of_it(portal: Portal, lang: str) -> None:
    stated = PORTAL_STATEMENTS[portal]
    named: list[tuple[Mapping[str, str], str]] = [(CERTIFICATES[lang], portal), (TRACKING[lang], f"portal_{portal}")]
    assert {texts[name] for texts, name in named} == {stated.full[lang]}
    assert REPORTS[lang][portal] == {"zh": stated.full["zh"], "en": stated.short["en"]}[lang]
    assert word(lang, "portal", portal) == stated.short[lang]
    assert _name(portal) == stated.short["zh"]


def test_the_pages_offer_every_portal() -> None:
    for page in (consistency, deliveries, reconciliations, records, windows):
        assert tuple(map(str, Portal)) == page.PORTALS, page.__name__


def test_production_starts_when_all_that_portals_need_is_given() -> None:
    settings = load(SyncSettings, **PRODUCTION, **given_of_portals())
    assert settings.of_portal(Portal.CREDIT_JIANGSU) == {"url": "x", "exchange_url": "x"}


@pytest.mark.parametrize(("portal", "name"), STATED)
@pytest.mark.parametrize("empty", [True, False])
def test_production_does_not_start_without_what_a_portal_needs(portal: Portal, name: str, empty: bool) -> None:
    given = given_of_portals()
    del given[f"{portal}_{name}"]
    more = {f"{portal}_{name}": ""} if empty else {}
    with pytest.raises(StartRefused, match=f"CREDITSYNC_{portal.upper()}_{name.upper()} is missing"):
        load(SyncSettings, **PRODUCTION, **given, **more)


def given_of_portals() -> dict[str, str]:
    return {f"{portal}_{name}": "x" for portal, name in STATED}


def test_no_secret_of_a_portal_is_shown() -> None:
    secret = {f"{portal}_{name}": "hush" for portal, name in STATED if PORTAL_STATEMENTS[portal].settings[name].secret}
    assert len(secret) == 3
    assert "hush" not in repr(SyncSettings(**secret))


def test_a_folder_whose_adapter_cannot_be_made_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "somewhere_else" / Portal.CREDIT_CHINA
    folder.mkdir(parents=True)
    (folder / "adapter.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StartRefused, match=r"adapter\.py has no create\(options, clock\)"):
        create_adapter(Portal.CREDIT_CHINA, PortalOptions("http://x"), SystemClock(), "somewhere_else")
