"""A register of invented records for tests of forms, campaign and column: admit, let time pass, take down."""

from datetime import date, timedelta

from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from services.disclosure.take_down import expire
from shared.clock import start_of_legal_day
from shared.contracts.events import RecordAdmitted
from shared.contracts.records import Record, Subject
from shared.identifiers import with_check_digit
from shared.vocabulary import PenaltyType, SubjectKind
from tests.support import told
from tests.support.services import RunningService

HEAR = Handlers(load_law())
OPERATE = "disclosure:read disclosure:operate"
APPROVE = "disclosure:read disclosure:approve"


def code(number: int) -> str:
    """The code of an invented company."""
    return with_check_digit(f"91320600YL{number:06d}0")


def penalty(
    number: int,
    decided_on: date,
    region: str = "320613",
    *,
    name: str = "",
    company: int = 0,
    kind: SubjectKind = SubjectKind.LEGAL_PERSON,
    types: tuple[PenaltyType, ...] = (),
    facts: str = "",
) -> Record:
    """A fine against company `company`, or against one of its own."""
    key = code(company or number)
    subject = Subject(kind=kind, key=key, name=name or f"样例第{company or number}公司", uscc=key)
    of = told.record(decided_on, *types)
    detail = of.detail.model_copy(update={"violation_facts": facts}) if facts else of.detail
    number_text = f"（苏样）应急罚〔{decided_on.year}〕{number}号"
    return of.model_copy(
        update={"subject": subject, "region": region, "document_number": number_text, "detail": detail}
    )


def admitted(of: Record, on: date) -> RecordAdmitted:
    return told.admitted(of=of, on=on)


async def admit(disclosure: RunningService, *records: Record) -> list[str]:
    """The records arrive today; returns their identifiers."""
    events = [admitted(of, today(disclosure)) for of in records]
    await disclosure.hear(HEAR.records, *events)
    return [event.record_id for event in events]


def today(disclosure: RunningService) -> date:
    return (disclosure.clock.now() + timedelta(hours=8)).date()


def move_to(disclosure: RunningService, day: date, hours: float = 9) -> None:
    """To this hour of a legal day."""
    disclosure.clock.advance(start_of_legal_day(day) + timedelta(hours=hours) - disclosure.clock.now())


async def run_expiry(disclosure: RunningService) -> None:
    """What the timer does, until nothing is due."""
    while True:
        async with disclosure.work() as work:
            if not await expire(work):
                return
