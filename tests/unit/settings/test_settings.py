import os
from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from shared.errors import StartRefused
from shared.settings import HouseSettings, document, load

KEY = "ab" * 32
PRODUCTION = {
    "CREDITSYNC_MODE": "production",
    "CREDITSYNC_DATABASE_URL": "postgresql+asyncpg://bureau:hidden@database/creditsync",
    "CREDITSYNC_BUS_URL": "amqps://bureau:hidden@broker/creditsync",
    "CREDITSYNC_ISSUER": "https://identity.example",
    "CREDITSYNC_JWKS": "https://identity.example/keys",
    "CREDITSYNC_PERSON_KEY": KEY,
    "CREDITSYNC_EVIDENCE_KEYS": "/run/secrets/evidence.json",
}


class LampSettings(HouseSettings):
    lamps: int = Field(default=3, ge=1, description="How many lamps are lit.")
    colour: str = Field(description="Colour of the lamps.")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CREDITSYNC_")]:
        monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_without_any_variable_everything_lies_under_the_data_folder(tmp_path: Path) -> None:
    settings = load(HouseSettings, data_dir=tmp_path)
    assert settings.database_for("sync") == f"sqlite+aiosqlite:///{tmp_path}/sync.db"
    assert settings.bus_address() == f"sqlite+aiosqlite:///{tmp_path}/bus.db"
    assert settings.jwks_source() == f"{tmp_path}/keys/jwks.json"


def test_the_person_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = load(HouseSettings, data_dir=tmp_path).person_keys()
    assert load(HouseSettings, data_dir=tmp_path).person_keys() == first
    assert len(first[0]) == 32
    assert (tmp_path / "keys" / "person.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["person.key"]


def test_a_complete_production_environment_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PRODUCTION)
    settings = load(HouseSettings)
    assert settings.database_for("sync") == PRODUCTION["CREDITSYNC_DATABASE_URL"]
    assert settings.person_keys() == (bytes.fromhex(KEY),)


@pytest.mark.parametrize("missing", sorted(set(PRODUCTION) - {"CREDITSYNC_MODE"}))
def test_production_without_a_secret_or_address_refuses_the_start_and_names_it(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    given(monkeypatch, {name: value for name, value in PRODUCTION.items() if name != missing})
    with pytest.raises(StartRefused) as refused:
        load(HouseSettings)
    sentence = str(refused.value)
    assert sentence.startswith(f"{missing} is missing: set it to ")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [("CREDITSYNC_CLOCK_FILE", "/tmp/clock"), ("CREDITSYNC_LOG_FORMAT", "console")],  # noqa: S108
)
def test_production_refuses_what_only_a_demo_may_use(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    given(monkeypatch, {**PRODUCTION, name: value})
    with pytest.raises(StartRefused, match=f"^{name} is not allowed in production: "):
        load(HouseSettings)


@pytest.mark.parametrize("bad", ["", "hidden-but-short", "zz" * 32, KEY + "," + "ab"])
def test_an_unusable_person_key_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    given(monkeypatch, {"CREDITSYNC_PERSON_KEY": bad})
    with pytest.raises(StartRefused, match=r"^CREDITSYNC_PERSON_KEY cannot be used: set it to 64 hex") as refused:
        load(HouseSettings)
    assert not bad or bad not in str(refused.value)


def test_an_unusable_value_is_refused_with_the_meaning_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, {"CREDITSYNC_MAX_BODY_BYTES": "plenty"})
    with pytest.raises(StartRefused) as refused:
        load(HouseSettings)
    assert str(refused.value) == (
        "CREDITSYNC_MAX_BODY_BYTES cannot be used: input should be a valid integer, unable to parse string as an"
        " integer; it means: Largest body of a request, in bytes."
    )


def test_a_required_setting_of_a_service_is_named_with_its_meaning() -> None:
    with pytest.raises(StartRefused, match=r"^CREDITSYNC_COLOUR is missing; it means: Colour of the lamps.$"):
        load(LampSettings)


def test_a_rotated_person_key_comes_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, {"CREDITSYNC_PERSON_KEY": f"{'cd' * 32},{KEY}"})
    assert load(HouseSettings).person_keys() == (bytes.fromhex(KEY), bytes.fromhex("cd" * 32))


def test_settings_cannot_change_and_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PRODUCTION)
    settings = load(HouseSettings)
    with pytest.raises(ValidationError, match="frozen"):
        settings.host = "0.0.0.0"  # type: ignore[misc] # noqa: S104
    assert "hidden" not in repr(settings)
    assert KEY not in repr(settings)


def test_the_service_name_can_be_part_of_the_database_address(tmp_path: Path) -> None:
    settings = load(HouseSettings, database_url=f"sqlite+aiosqlite:///{tmp_path}/{{service}}-ledger.db")
    assert settings.database_for("ingest") == f"sqlite+aiosqlite:///{tmp_path}/ingest-ledger.db"


def test_the_document_lists_every_variable_once_with_default_and_meaning() -> None:
    page = document(LampSettings)
    for name, field in LampSettings.model_fields.items():
        assert page.count(f"| `CREDITSYNC_{name.upper()}` |") == 1
        assert field.description is not None
        assert field.description in page
    assert "| `CREDITSYNC_LAMPS` | `3` | How many lamps are lit. |" in page
    assert "| `CREDITSYNC_COLOUR` | **required** | Colour of the lamps. |" in page
    assert "| `CREDITSYNC_METRICS_PUBLIC` | `false` |" in page


def test_a_misspelt_option_is_refused_and_variables_of_other_services_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, {"CREDITSYNC_LAMPS": "7", "CREDITSYNC_COLOUR": "green"})
    assert load(HouseSettings).mode == "embedded"
    assert load(LampSettings).lamps == 7
    with pytest.raises(StartRefused, match=r"^CREDITSYNC_DATADIR cannot be used"):
        load(HouseSettings, datadir="var")
