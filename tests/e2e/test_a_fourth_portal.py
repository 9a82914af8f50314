"""A fourth portal is one folder: the house as it is, and a county's page put into `services/sync/portals/`.

The house is copied, the folder added, nothing else changed; then the real commands run from there.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.accounts.roles import Role
from services.clients import PREDEFINED
from services.issuer import TOKEN_PATH, ensure_identity
from services.local.ports import LOOPBACK, free_port
from tests.support.running_house import PASSWORD, RunningHouse, running_house

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "conformance" / "portals" / "county_page"
COUNTY = "county_page"
_PATIENCE_SECONDS = 420


@dataclass(frozen=True)
class Copy:
    """A copy of the house with one folder more."""

    root: Path

    @property
    def portal(self) -> Path:
        return self.root / "services" / "sync" / "portals" / COUNTY

    @property
    def environment(self) -> dict[str, str]:
        """By which a child process runs the copy, wherever it is started."""
        return {"PYTHONPATH": str(self.root), "PYTHONSAFEPATH": "1", "COLUMNS": "200"}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env={**os.environ, **self.environment},
            cwd=self.root, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False,
        )  # fmt: skip


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    return copy_to(tmp_path)


def copy_to(folder: Path) -> Copy:
    made = Copy(folder / "house")
    for part in ("services", "shared"):
        shutil.copytree(ROOT / part, made.root / part)
    shutil.copytree(FOLDER, made.portal)
    return made


@dataclass(frozen=True)
class HouseOfFour:
    """A copy that runs, and where its county's page is."""

    house: RunningHouse
    county: str

    def read(self, path: str, **query: str) -> httpx.Response:
        """Sync's answer to an operator."""
        client = next(one for one in PREDEFINED if one.client_id == "operator")
        form = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": ensure_identity(self.house.data_dir)[client.client_id],
            "scope": " ".join(client.scopes),
        }
        token = httpx.post(f"{self.house.addresses.issuer}{TOKEN_PATH}", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.house.addresses.sync}{path}", params=query, headers=headers)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseOfFour]:
    folder, county = tmp_path_factory.mktemp("four"), f"http://{LOOPBACK}:{free_port()}"
    more = copy_to(folder).environment | {"CREDITSYNC_COUNTY_PAGE_URL": county}
    with running_house(folder, records=60, more=more) as house:
        house.person("viewer", Role.VIEWER)
        yield HouseOfFour(house, county)


@pytest.mark.timeout(_PATIENCE_SECONDS + 30)
def test_the_demo_keeps_every_promise_on_four_portals(copied: Copy) -> None:
    done = copied.run("demo", "--records", "300")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "All 14 promises kept." in done.stdout
    [seen] = re.findall(r"Seen on 县级公示 .*?(\d+) records .*?(\d+) present", done.stdout)
    [gone] = re.findall(r"gone from 县级公示 .*?(\d+) over .*?(\d+) gone", done.stdout)
    assert seen[0] == seen[1] != "0"
    assert gone[0] == gone[1] != "0"
    assert re.search(r"Approved repair 信用修复 .*gone from 4 .*gone from 4 ", done.stdout)


@pytest.mark.timeout(300)
def test_its_records_are_shown_to_the_public_and_counted_like_those_of_the_others(four: HouseOfFour) -> None:
    counts = four.read("/v1/placement-counts").json()
    assert list(counts) == ["credit_china", "credit_jiangsu", "market_supervision", COUNTY]
    assert counts[COUNTY]["seen_present"] == counts["credit_china"]["seen_present"] > 0
    listed = httpx.get(f"{four.county}/list").text
    assert "县级公示（模拟）" in listed
    assert len(set(re.findall(r"/records/county-(?:CF|XK)-[0-9a-f]{24}", listed))) == counts[COUNTY]["seen_present"]


@pytest.mark.timeout(300)
def test_the_dashboard_knows_it_by_its_names_in_both_languages(four: HouseOfFour) -> None:
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        asked = browser.get(f"{four.house.addresses.dashboard}/consistency")
        entered = browser.post(str(asked.url), data={"name": "viewer", "password": PASSWORD})
        assert entered.status_code == 200
        for lang, name in (("zh", "县级公示"), ("en", "County page")):
            page = browser.get(f"{four.house.addresses.dashboard}/consistency", params={"lang": lang}).text
            assert f'<option value="{COUNTY}">{name}</option>' in page


@pytest.mark.timeout(300)
def test_it_is_named_in_full_on_papers_and_so_is_a_field_that_it_alone_shows(copied: Copy) -> None:
    with (copied.portal / "portal.toml").open("a", encoding="utf-8") as statement:
        statement.write('[fields]\nsite = { zh = "检查场所", en = "place of the inspection" }\n')
    code = """
from services.repair.tracking.texts import TEXTS as tracking
from services.sync.certificates.texts import TEXTS as papers
print(tracking["zh"]["portal_county_page"], papers["zh"]["county_page"], papers["en"]["county_page"], sep="|")
from services.sync.portals.field_words import field_word
print(field_word("zh", "site"), field_word("en", "site"), field_word("zh", "fine"), sep="|")
"""
    environment = {**os.environ, **copied.environment}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    full = "县级信用信息公示页"
    assert told.stdout.splitlines() == [
        f"{full}|{full}|County publicity page (县级公示)",
        "检查场所|place of the inspection|罚款金额",
    ]


def without(part: str) -> Callable[[Path], None]:
    return lambda folder: (folder / part).unlink()


def wrong(folder: Path) -> None:
    text = (folder / "portal.toml").read_text("utf-8")
    (folder / "portal.toml").write_text(text.replace("credit_sites", "everybody"), "utf-8")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (without("portal.toml"), "county_page has no portal.toml"),
        (without("adapter.py"), "county_page has no adapter.py"),
        (without("stand_in/app.py"), "county_page has no stand_in/app.py"),
        (wrong, "portal.toml: audience must be one of credit_sites, market_supervision"),
    ],
)
def test_a_folder_that_is_incomplete_stops_every_command_with_one_sentence(
    copied: Copy, harm: Callable[[Path], None], told: str
) -> None:
    harm(copied.portal)
    done = copied.run("settings")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(120)
def test_its_settings_are_documented_like_those_of_the_others(copied: Copy) -> None:
    done = copied.run("settings")
    assert done.returncode == 0, done.stderr
    assert "| `CREDITSYNC_COUNTY_PAGE_TOKEN` | – | Bearer token for the county's page. |" in done.stdout
