"""Wiring of disclosure, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from services.disclosure import tables
from services.disclosure.api import publications
from services.disclosure.api.desk import DisclosureDesk
from services.disclosure.calendar import api as calendar
from services.disclosure.calendar import timers as calendar_timers
from services.disclosure.calendar.load_year import tell_years_again
from services.disclosure.campaign import api as campaign
from services.disclosure.column import api as column
from services.disclosure.column.tidy import timers as column_timers
from services.disclosure.confirmations import api as confirmations
from services.disclosure.confirmations.counts import ConfirmationMemory
from services.disclosure.decided.api import decided
from services.disclosure.forms.api import counting as forms
from services.disclosure.forms.api import duties as form_duties
from services.disclosure.forms.api import layouts as form_layouts
from services.disclosure.forms.remind import FormRoom
from services.disclosure.forms.timers import timers as form_timers
from services.disclosure.handlers import Handlers
from services.disclosure.notices import timers as notice_timers
from services.disclosure.notices.api import letters, talks
from services.disclosure.notices.api.desk import Stationery
from services.disclosure.notices.channel import FileChannel
from services.disclosure.notices.library import load_letters
from services.disclosure.notices.remind import Mailroom
from services.disclosure.performances import api as performances
from services.disclosure.performances import timers as performance_timers
from services.disclosure.policy import api as policy
from services.disclosure.policy.book import LawBook, note_packaged
from services.disclosure.policy.changes import api as policy_changes
from services.disclosure.policy.changes.store import forget_oldest
from services.disclosure.policy.compare_packs import work_off_comparison
from services.disclosure.policy.reevaluate import end_foreseen, reevaluate_due
from services.disclosure.restorations import api as restorations
from services.disclosure.self_check import api as self_check
from services.disclosure.self_check.timers import timers as check_timers
from services.disclosure.serious_list import timers as list_timers
from services.disclosure.serious_list.api import acts, reading
from services.disclosure.serious_list.api import public as serious_public
from services.disclosure.settings import DisclosureSettings
from services.disclosure.statements import api as statements
from services.disclosure.take_down import expire
from services.disclosure.windows import api as windows
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground, ServiceTables, Worker
from shared.sealing import Sealer
from shared.timers import Timer
from shared.web.app import create_api
from shared.web.audit import audit_router
from shared.web.health import Checks
from shared.web.parked import parked_router
from shared.web.rate import Buckets
from shared.web.rules import rules_router
from shared.web.scopes import Scope
from shared.web.verifier import verifier_for

NAME = "disclosure"
_HOUR = 3600.0
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)


def create_app(settings: DisclosureSettings, database: Database) -> FastAPI:
    """The HTTP side: answers where a record is shown, until when, and why."""
    clock, law = settings.clock(), LawBook(settings.approval_required_regions)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        app.state.desk = DisclosureDesk(database, clock, law)
        app.state.confirmation_counts = ConfirmationMemory(database, clock)
        app.state.column_limits = Buckets(burst=settings.column_burst, a_second=settings.column_requests_a_second)
        app.state.sealer = Sealer(*settings.person_keys())
        app.state.stationery = Stationery(load_letters(), settings.notice_consultation, settings.notice_template)
        yield

    return create_api(
        NAME,
        "creditsync disclosure (公示)",
        routers=[
            publications.router,
            windows.router,
            policy.router,
            policy_changes.router,
            confirmations.router,
            calendar.router,
            campaign.router,
            forms.router,
            form_duties.router,
            form_layouts.router,
            column.router,
            statements.router,
            restorations.router,
            performances.router,
            self_check.router,
            decided.router,
            serious_public.router,
            acts.router,
            reading.router,
            letters.router,
            talks.router,
            audit_router(database),
            rules_router(NAME),
            parked_router(database, clock, Scope.DISCLOSURE_READ),
        ],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(ready={"database": database.check}, fresh={"outbox": outbox_freshness(database, clock)}),
    )


def create_worker(settings: DisclosureSettings, ground: Ground) -> Worker:
    """The background side: judges records, ends windows on their day."""
    law = LawBook(settings.approval_required_regions)
    handlers = Handlers(law)

    async def expire_due() -> int:
        async with unit_of_work(ground.database, ground.clock) as work:
            return await expire(work)

    async def judge_anew() -> int:
        return await reevaluate_due(ground.database, ground.clock, law)

    async def end_what_was_foreseen() -> int:
        return await end_foreseen(ground.database, ground.clock, law)

    async def compare() -> int:
        return await work_off_comparison(ground.database, ground.clock, law)

    async def forget_comparisons() -> int:
        async with unit_of_work(ground.database, ground.clock) as work:
            return await forget_oldest(work, work.now - timedelta(days=settings.comparison_days))

    async def note_packs() -> None:
        await note_packaged(ground.database, ground.clock)

    async def tell_years() -> None:
        await tell_years_again(ground.database, ground.clock)

    return Worker(
        ground,
        handlers={
            "disclosure.records": handlers.records,
            "disclosure.repairs": handlers.repairs,
            "disclosure.objections": handlers.objections,
            "disclosure.subjects": handlers.subjects,
        },
        timers=[
            Timer("disclosure.expire", settings.expiry_seconds, expire_due),
            Timer("disclosure.foreseen", settings.expiry_seconds, end_what_was_foreseen),
            Timer("disclosure.reevaluate", settings.reevaluation_seconds, judge_anew),
            Timer("disclosure.compare", settings.reevaluation_seconds, compare),
            Timer("disclosure.comparisons_forget", _HOUR, forget_comparisons),
            *calendar_timers.timers(ground),
            *performance_timers.timers(ground.database, ground.clock, law),
            *list_timers.timers(ground.database, ground.clock, law, settings.expiry_seconds),
            *notice_timers.timers(_mailroom(settings, ground), settings.reminder_seconds),
            *check_timers(ground.database, ground.clock),
            *column_timers(ground.database, ground.clock),
            *form_timers(_form_room(settings, ground, law), settings.reminder_seconds),
        ],
        open_things=[note_packs, tell_years],
    )


def _form_room(settings: DisclosureSettings, ground: Ground, law: LawBook) -> FormRoom:
    channel = FileChannel(settings.data_dir / "reminders")
    return FormRoom(ground.database, ground.clock, law, channel, settings.form_units)


def _mailroom(settings: DisclosureSettings, ground: Ground) -> Mailroom:
    return Mailroom(ground.database, ground.clock, load_letters().reminder, settings.notice_consultation)
