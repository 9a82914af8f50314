"""The files for production agree with the code. No engine runs here: these are checks of text and names."""

import os
import re
import tomllib

import pytest

from services.house import SERVICES
from shared.errors import StartRefused
from shared.settings import HouseSettings, load
from shared.vocabulary import PORTAL_STATEMENTS, Portal
from tests.architecture.known_metrics import guarantee_metrics, sample_names
from tests.architecture.source import ROOT, modules, text_of
from tests.bench.reconciling import AS_IN_THE_IMAGE

COMPOSE = text_of("deploy/compose.yaml")
ALERTS = text_of("deploy/alerts.yaml")
SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASS\b|_KEY|_URL")


def locked(name: str) -> dict[str, str]:
    """Each package of a lock with its whole entry."""
    entries = re.split(r"\n(?=\S)", text_of(name).strip())
    return {re.split(r"[\[=;@ ]", entry, maxsplit=1)[0]: entry for entry in entries}


def test_the_image_installs_a_part_of_the_tested_lock() -> None:
    whole, runtime = locked("requirements.lock"), locked("deploy/requirements.lock")
    assert {name: entry for name, entry in runtime.items() if whole.get(name) != entry} == {}
    project = tomllib.loads(text_of("pyproject.toml"))
    needed = {re.split(r"[\[<>=;~! ]", one, maxsplit=1)[0] for one in project["project"]["dependencies"]}
    only_for_tests = {re.split(r"[\[<>=;~! ]", one, maxsplit=1)[0] for one in project["dependency-groups"]["dev"]}
    assert needed <= set(runtime), "write deploy/requirements.lock anew, see CONTRIBUTING.md"
    assert not only_for_tests & set(runtime) - needed


def test_the_image_sets_what_its_memory_is_measured_with() -> None:
    dockerfile = text_of("deploy/Dockerfile")
    for name, value in AS_IN_THE_IMAGE.items():
        assert re.search(rf"^ENV .*\b{name}={value}\b", dockerfile, re.MULTILINE)


def test_the_image_checks_hashes_and_runs_without_rights() -> None:
    lines = [line for line in text_of("deploy/Dockerfile").splitlines() if not line.startswith("#")]
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-index" not in line] == []
    last_stage = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER 10001" in last_stage
    assert 'ENTRYPOINT ["creditsync"]' in last_stage
    assert last_stage.index("USER 10001") < last_stage.index('ENTRYPOINT ["creditsync"]')


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_served_and_worked_for(service: str) -> None:
    served, worked = block_of(service), block_of(f"{service}-worker")
    assert f"command: [serve, {service}]" in served
    assert "/health/ready" in served
    assert f"command: [work, {service}]" in worked
    assert "<<: *worker" in worked


def test_the_portals_have_their_stand_ins_in_the_demo_only() -> None:
    block = block_of("portals")
    assert "command: [portal]" in block
    assert "<<: *demo" in block


def test_only_those_who_speak_to_portals_are_told_how_and_of_each_portal_everything() -> None:
    told = re.findall(r"^  ([\w-]+):\n(?:    .*\n)*?    env_file: \[portals\.env\]", COMPOSE, flags=re.MULTILINE)
    assert told == ["migrate", "sync", "sync-worker", "portals"]
    given = re.findall(r"^(\w+)=(.*)$", text_of("deploy/example.portals.env"), flags=re.MULTILINE)
    settings = ((portal, name) for portal in Portal for name in PORTAL_STATEMENTS[portal].settings)
    assert given == [(f"CREDITSYNC_{portal}_{name}".upper(), "") for portal, name in settings]
    assert "portals.env" in text_of("deploy/.gitignore").split()


def test_the_tables_are_brought_up_to_date_before_anything_starts() -> None:
    needs = COMPOSE.partition("&needs")[2].partition("\n\n")[0]
    assert re.search(r"migrate:\s+condition: service_completed_successfully", needs)
    assert "command: [migrate]" in block_of("migrate")


def test_no_secret_has_a_default() -> None:
    used = re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE)
    assert [name for name, rest in used if SECRET.search(name) and not rest.startswith(":?")] == []
    given = re.findall(r"^(\w+)=(.*)$", text_of("deploy/example.env"), flags=re.MULTILINE)
    assert {name: value for name, value in given if value} == {}
    assert {name for name, rest in used if rest.startswith(":?")} == {name for name, _ in given}


def test_every_required_setting_of_production_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CREDITSYNC_")]:
        monkeypatch.delenv(name)
    with pytest.raises(StartRefused) as refused:
        load(HouseSettings, mode="production")
    missing = re.findall(r"(CREDITSYNC_\w+) is missing", str(refused.value))
    assert missing
    assert [name for name in missing if f"    {name}: " not in COMPOSE] == []


@pytest.mark.parametrize(
    "name",
    [
        "deploy/compose.yaml",
        "deploy/Dockerfile",
        "deploy/example.env",
        "deploy/example.portals.env",
        "deploy/README.md",
    ],
)
def test_only_settings_that_exist_are_named(name: str) -> None:
    known = set(re.findall(r"`(CREDITSYNC_\w+)`", text_of("deploy/settings.md"))) | {"CREDITSYNC_IMAGE"}
    assert set(re.findall(r"CREDITSYNC_\w+", text_of(name))) <= known


def test_the_yaml_files_hold_no_tab_and_keep_their_steps() -> None:
    for text in (COMPOSE, ALERTS):
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert [line for line in lines if "\t" in line or (len(line) - len(line.lstrip())) % 2] == []


def test_every_anchor_that_is_used_is_defined_above() -> None:
    defined = {match.group(1): match.start() for match in re.finditer(r"&([\w-]+)$", COMPOSE, flags=re.MULTILINE)}
    used = [(match.group(1), match.start()) for match in re.finditer(r"\*([\w-]+)", COMPOSE)]
    assert used
    assert [name for name, at in used if name not in defined or defined[name] > at] == []


def test_every_alert_asks_for_metrics_that_exist() -> None:
    expressions = " ".join(re.findall(r"expr: (?:\|\n)?((?:.|\n)+?)\n +(?:for|labels):", ALERTS))
    asked = set(
        re.findall(r"\b(?:g\d\d|timer|portal|http|bus|database|creditsync)_\w+", re.sub(r'"[^"]*"', "", expressions))
    )
    assert asked
    assert asked - sample_names() == set()


def test_every_metric_of_a_guarantee_is_watched_by_an_alert_or_says_why_not() -> None:
    unwatched = {name for name in guarantee_metrics() if name not in ALERTS}
    assert unwatched == set(NO_ALERT)


NO_ALERT = {
    "g01_outbox_messages_waiting": "a large batch fills the outbox rightly; the alarm is on its age",
    "g01_messages_dead_lettered_total": "counts what we bury ourselves; the alarm is on all that wait",
    "g02_rows_total": "counts what is right; how many rows may be quarantined is each bureau's own figure",
    "g02_quarantined_rows": "rows wait rightly for a person; the alarm is on the oldest",
    "g02_imports_waiting": "files wait rightly for those before them; the alarm is on standing still",
    "g02_import_rows_per_second": "shows how fast the machine is",
    "g02_pull_age_seconds": "pauses between rounds are a setting; the alarm is on failures, and health knows the age",
    "g03_records_judged_anew_total": "counts what is right; the alarm is on timers that stand still",
    "g04_publications_taken_down_total": "counts what is right; the alarm is on the timer that does it",
    "g14_audit_entries_total": "counts what is right; the alarm is on entries that wait and on the chain",
    "g11_deadlines_recounted_total": "counts what is right; the alarm is on the horizon",
    "g13_deliveries_total": "single attempts fail rightly; the alarm is on the age of what waits",
}


def test_every_timer_in_an_alert_exists() -> None:
    named = set(re.findall(r'timer="([^"]+)"', ALERTS))
    code = "\n".join(one.text for one in modules("services", "shared"))
    assert named
    assert [name for name in named if f'"{name}"' not in code] == []


def test_every_alert_has_a_name_of_its_own_and_a_runbook() -> None:
    names = re.findall(r"alert: (\w+)", ALERTS)
    runbooks = re.findall(r"runbook: (\S+)", ALERTS)
    assert len(names) == len(set(names)) == len(runbooks)
    assert [name for name in runbooks if not (ROOT / name).is_file()] == []


def block_of(service: str) -> str:
    """The lines of one service in the compose file."""
    found = re.search(rf"^  {service}:\n((?:    .*\n|\n)+)", COMPOSE, flags=re.MULTILINE)
    assert found, f"compose.yaml has no service {service}"
    return found.group(1)
