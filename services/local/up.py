"""`creditsync up`: everything in one process, the sample feed loaded, serving until Ctrl-C."""

import asyncio

from rich.console import Console

from services import house
from services.accounts.cli import has_accounts, invitation_link
from services.accounts.roles import Role
from services.issuer import ensure_identity
from services.local.addresses import Addresses, addresses_of
from services.local.demo import progress
from services.local.sample_feed import sample_feed
from services.local.story import Story
from services.local.visitor import Visitor
from services.sync.settings import SyncSettings
from shared.clock import ShiftedClock, legal_date
from shared.observability.logging import configure
from shared.settings import HouseSettings, load
from shared.web.server import run, stop_on_signals

_FIRST_PERSON = "admin"


def run_up(records: int) -> None:
    """Serve until told to stop; with `records` above 0 also load the sample feed and wait until it is seen."""
    settings = load(HouseSettings)
    configure(settings.log_format, "warning" if records else settings.log_level)
    ensure_identity(settings.data_dir)
    house.migrate({})
    run(_up(records))


async def _up(records: int) -> None:
    stop = stop_on_signals()
    async with asyncio.TaskGroup() as group:
        group.create_task(house.run_everything({}, stop))
        if records:
            group.create_task(_load(records, stop))


async def _load(records: int, stop: asyncio.Event) -> None:
    """Load the feed once the house answers. A failure is told and does not stop the house."""
    console = Console()
    settings: SyncSettings = load(SyncSettings)
    addresses = addresses_of(settings)
    clock = settings.clock()
    visitor = Visitor(addresses, ensure_identity(settings.data_dir), clock)
    try:
        await visitor.wait_until_ready(60)
        if await _is_loaded(visitor):
            console.print("The data folder holds records already; the sample feed is not loaded again.")
            _welcome(console, addresses)
            return
        licences = records // 3
        feed = sample_feed(1, legal_date(clock.now()), penalties=records - licences, licences=licences)
        with progress(console) as report:
            story = Story(visitor, ShiftedClock(settings.data_dir / "clock"), feed, report)
            await story.feed()
            await story.show()
        _welcome(console, addresses)
    except Exception as error:
        console.print(f"The sample feed could not be loaded: {error}", style="red")
    finally:
        await visitor.close()


async def _is_loaded(visitor: Visitor) -> bool:
    counts = (await visitor.read("disclosure", "/v1/publication-counts"))["counts"]
    return any(counts.values())


def _welcome(console: Console, addresses: Addresses) -> None:
    console.print("\nEverything is running. Ctrl-C ends it.\n", style="green")
    console.print(f"  {'dashboard':<20} {addresses.dashboard}/")
    settings = load(HouseSettings)
    if not has_accounts(settings):
        link = invitation_link(settings, _FIRST_PERSON, Role.SUPERVISOR)
        console.print(f"  nobody can sign in yet; this link sets the password of {_FIRST_PERSON}, once:")
        console.print(f"  {link}\n", soft_wrap=True)
    for name, address in addresses.services().items():
        console.print(f"  {name:<20} {address}/openapi.json")
    for portal, address in addresses.portals.items():
        console.print(f"  {portal:<20} {address}/   (what a citizen sees)")
    console.print("\n  A token for the interfaces:  ./run creditsync token operator\n")
