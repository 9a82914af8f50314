"""联系人名册: who is told when repair becomes possible. Entered and removed with who and why; addresses are sealed.

A company enters its own contacts, the bureau those of its authorities and, on behalf, of companies. Serves G12 and G15.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from services.repair.reminders.catch_up import Late, catch_up
from services.repair.reminders.domain.notice import Channel, Party
from services.repair.reminders.tables import contact
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import Uscc, mask_free_text, parse_uscc
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.outbound.guard import EgressRules
from shared.outbound.mail import is_mail_address
from shared.sealing import Sealer
from shared.web.caller import EVERY_AUTHORITY, EVERY_SUBJECT, Caller

MOST_CONTACTS = 20
"""Of one company or authority: a reminder is for those who act on it."""

_columns = contact.c
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || :party, 0))")


@dataclass(frozen=True)
class NewContact:
    """Whose contact it is and how it is reached. `authority_code`: on whose behalf a company's contact is entered."""

    party: Party
    party_key: str
    channel: Channel
    address: str
    authority_code: str | None = None


@dataclass(frozen=True)
class Ways:
    """Which channels there are: where webhooks may lead, and whether a mail server is configured."""

    rules: EgressRules
    mail: bool


@dataclass(frozen=True)
class Entered:
    """A new contact, and how many reminders that were told before it came wait for it now."""

    contact_id: str
    reminders: int


async def enter(work: UnitOfWork, new: NewContact, caller: Caller, ways: Ways, sealer: Sealer) -> Entered:
    """The new contact, told of what may be repaired already. Raises `Problem` for an address that cannot be used or is
    there already."""
    _must_be_allowed(new, caller)
    if reason := _refusal(new, ways):
        raise Problem(MALFORMED, "The contact cannot be taken.", errors=[reason])
    await _lock(work, new)
    if await _number(work, new) >= MOST_CONTACTS:
        raise Problem(CONFLICT, f"There are {MOST_CONTACTS} contacts already; remove one first.", limit=MOST_CONTACTS)
    contact_id, digest = new_id(), sealer.keyed_digest(f"{new.channel} {new.address.lower()}")
    row = {
        "contact_id": contact_id,
        "party": new.party,
        "party_key": new.party_key,
        "authority_code": new.authority_code,
        "channel": new.channel,
        "sealed_address": sealer.seal(new.address, sealed_as(contact_id)),
        "shown_address": masked(new.channel, new.address),
        "address_digest": digest,
        "entered_by": caller.client_id,
        "entered_at": work.now,
    }
    try:
        await work.connection.execute(contact.insert(), row)
    except IntegrityError:
        raise Problem(CONFLICT, "This address is a contact already.") from None
    reminders = await catch_up(work, Late(contact_id, new.party, new.party_key, new.channel, digest))
    told = {"party": new.party.value, "channel": new.channel.value, "reminders": reminders}
    work.audit(Act(Action.CONTACT_ENTERED, caller.client_id, contact_id, payload=told))
    return Entered(contact_id, reminders)


async def remove(work: UnitOfWork, contact_id: str, reason: str, caller: Caller) -> None:
    """It is told nothing more; the sealed address goes, the row with who and why stays."""
    statement = select(contact).where(_columns.contact_id == contact_id, _columns.removed_at.is_(None))
    row = (await work.connection.execute(statement.with_for_update())).one_or_none()
    if row is None or not _is_own(row, caller):
        raise Problem(NOT_FOUND, f"There is no contact {contact_id} of yours.")
    await work.connection.execute(
        update(contact)
        .where(_columns.contact_id == contact_id)
        .values(
            removed_by=caller.client_id, removed_at=work.now, removal_reason=mask_free_text(reason), sealed_address=b""
        )
    )
    work.audit(Act(Action.CONTACT_REMOVED, caller.client_id, contact_id, reason=reason))


async def read_own(connection: AsyncConnection, caller: Caller, after: str | None, limit: int) -> Sequence[AnyRow]:
    """Those in force that the caller may see, in the order in which they were entered."""
    statement = select(contact).where(_columns.removed_at.is_(None)).order_by(_columns.contact_id).limit(limit)
    if after is not None:
        statement = statement.where(_columns.contact_id > after)
    statement = statement.where(or_(_of_companies(caller), _of_authorities(caller)))
    rows: Sequence[AnyRow] = (await connection.execute(statement)).all()
    return rows


def _of_companies(caller: Caller) -> ColumnElement[bool]:
    """Contacts of the companies for which the caller speaks."""
    theirs = _columns.party == Party.SUBJECT
    if EVERY_SUBJECT in caller.subjects:
        return theirs
    return and_(theirs, _columns.party_key.in_(sorted(caller.subjects)))


def _of_authorities(caller: Caller) -> ColumnElement[bool]:
    """Those of the caller's authorities, and those of companies that one of them entered."""
    if EVERY_AUTHORITY in caller.authorities:
        return or_(_columns.party == Party.BUREAU, _columns.authority_code.is_not(None))
    codes = sorted(caller.authorities)
    own = and_(_columns.party == Party.BUREAU, _columns.party_key.in_(codes))
    return or_(own, _columns.authority_code.in_(codes))


def sealed_as(contact_id: str) -> str:
    """The context under which an address is sealed."""
    return f"contact {contact_id}"


def signing_secret(sealer: Sealer, contact_id: str) -> bytes:
    """What signs the webhooks of one contact; computed, so that it lies nowhere."""
    return bytes.fromhex(sealer.keyed_digest(f"webhook of contact {contact_id}"))


def masked(channel: Channel, address: str) -> str:
    """Enough to recognise one's own address, and not enough to use another's."""
    if channel is Channel.EMAIL:
        name, _, domain = address.rpartition("@")
        return f"{name[:1]}***@{domain}"[:200]
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/…"[:200]


def _is_own(row: AnyRow, caller: Caller) -> bool:
    if row.party == Party.BUREAU:
        return caller.may_write_for(row.party_key)
    return caller.speaks_for(row.party_key) or (
        row.authority_code is not None and caller.may_write_for(row.authority_code)
    )


def _must_be_allowed(new: NewContact, caller: Caller) -> None:
    if new.party is Party.BUREAU:
        caller.must_write_for(new.party_key)
    elif not caller.speaks_for(new.party_key):
        if caller.subjects or new.authority_code is None:
            detail = "A company enters its own contacts; for another the bureau does, and names its authority."
            errors = [{"field": "authority_code", "reason": "needed where the caller is not the company"}]
            raise Problem(MALFORMED, detail, errors=errors)
        caller.must_write_for(new.authority_code)


def _refusal(new: NewContact, ways: Ways) -> dict[str, str] | None:
    """The field that cannot be used, with the reason; the address itself is never repeated."""
    if not isinstance(parse_uscc(new.party_key), Uscc):
        return {"field": "party_key", "reason": "no valid unified code"}
    if new.authority_code is not None and not isinstance(parse_uscc(new.authority_code), Uscc):
        return {"field": "authority_code", "reason": "no valid unified code"}
    if new.channel is Channel.WEBHOOK:
        reason = ways.rules.refusal_of_url(new.address)
        return {"field": "address", "reason": reason} if reason else None
    if new.channel is not Channel.EMAIL:
        return {"field": "channel", "reason": "webhook or email; the file outbox gets every reminder anyway"}
    if not ways.mail:
        return {"field": "channel", "reason": "no mail server is configured here; use a webhook"}
    return None if is_mail_address(new.address) else {"field": "address", "reason": "no mail address of one reader"}


async def _lock(work: UnitOfWork, new: NewContact) -> None:
    """Contacts of one party queue up, so that each is counted before the next; on SQLite all writers queue."""
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK, {"party": f"contacts of {new.party} {new.party_key}"})


async def _number(work: UnitOfWork, new: NewContact) -> int:
    statement = select(func.count()).where(
        _columns.party == new.party, _columns.party_key == new.party_key, _columns.removed_at.is_(None)
    )
    return await work.connection.scalar(statement) or 0
