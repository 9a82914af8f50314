"""Begin an entry: serve the prior notice (列入前告知), or register one that was listed before (登记既有名单信息)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.disclosure.rules import Law
from services.disclosure.serious_list import store
from services.disclosure.serious_list.domain.entry import Action, Entry, Step
from services.disclosure.serious_list.domain.machine import notified, registered
from services.disclosure.serious_list.people import Person, PersonRole, person_key, seal_person
from services.disclosure.serious_list.steps import allowed
from services.disclosure.serious_list.tell import changed
from shared.clock import legal_date
from shared.errors import MALFORMED, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.identifiers import IdentifierProblem, mask_free_text, mask_name, normalise_text, parse_uscc
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import ListEntryFacts
from shared.policy.list_rules import NoticeItem
from shared.sealing import Sealer
from shared.vocabulary import SubjectKind


@dataclass(frozen=True)
class Candidate:
    """Whom an entry is to be about, which authority acts, and on which ground."""

    kind: SubjectKind
    name: str
    uscc: str | None
    address: str | None
    people: Sequence[Person]
    authority_code: str
    authority_name: str
    region: str
    situation: str
    record_id: str | None


@dataclass(frozen=True)
class Earlier:
    """An entry that was listed before this system knew of it."""

    listed_on: date
    published_on: date
    ban_until: date | None
    document_number: str
    applied_for_listing_on: date | None = None
    previously_published_on: date | None = None


@dataclass(frozen=True)
class Clerk:
    """Who acts and why, with what seals the persons."""

    actor: str
    reason: str
    sealer: Sealer


async def serve_notice(
    work: UnitOfWork, candidate: Candidate, notice: Mapping[NoticeItem, str], law: Law, clerk: Clerk
) -> tuple[str, Entry]:
    """The new entry. What the notice leaves out must follow before a decision is possible."""
    step = Step(action=Action.SERVE_NOTICE, on=legal_date(work.now), notice=frozenset(notice))
    with allowed():
        entry = notified(candidate.region, candidate.situation, step, law.evaluator.packs)
    taken = _taken(step, clerk, {"notice": notice_texts(notice)})
    return await _store(work, candidate, entry, taken, law, clerk.sealer), entry


async def register(
    work: UnitOfWork, candidate: Candidate, earlier: Earlier, law: Law, clerk: Clerk
) -> tuple[str, Entry]:
    """An entry of an earlier day. One whose period is over ends with the next look of the timer."""
    step = Step(action=Action.REGISTER, on=legal_date(work.now))
    facts = ListEntryFacts(
        authority_region=candidate.region,
        listed_on=earlier.listed_on,
        published_on=earlier.published_on,
        ban_until=earlier.ban_until,
        applied_for_listing_on=earlier.applied_for_listing_on,
        previously_published_on=earlier.previously_published_on,
    )
    with allowed():
        entry = registered(facts, candidate.situation, step, law.evaluator.packs)
    days = {"listed_on": earlier.listed_on, "applied_for_listing_on": earlier.applied_for_listing_on}
    detail = {name: day.isoformat() for name, day in days.items() if day} | {"document_number": earlier.document_number}
    return await _store(work, candidate, entry, _taken(step, clerk, detail), law, clerk.sealer), entry


def notice_texts(notice: Mapping[NoticeItem, str]) -> dict[str, str]:
    """The texts of a notice as they are kept: decisions tell their story with numbers of persons (G12)."""
    return {item.value: mask_free_text(text) for item, text in notice.items()}


def _taken(step: Step, clerk: Clerk, detail: Mapping[str, Any]) -> store.Taken:
    return store.Taken(step.action, None, clerk.actor, mask_free_text(clerk.reason), step.on, detail)


async def _store(
    work: UnitOfWork, candidate: Candidate, entry: Entry, taken: store.Taken, law: Law, sealer: Sealer
) -> str:
    entry_id = new_id()
    names = law.evaluator.packs.lists.rule_on(taken.on).person_names
    heading = store.Heading(
        _subject(candidate, sealer), candidate.authority_code, candidate.authority_name, candidate.record_id
    )
    await store.insert_entry(work, entry_id, heading, entry, taken)
    told = {"step": taken.action.value, "to": entry.state.value, "version": entry.version}
    work.audit(Act(Audited.LIST_STEP_TAKEN, taken.actor, entry_id, candidate.record_id, taken.reason, payload=told))
    work.tell(changed(entry_id, heading.subject.key, candidate.authority_code, entry))
    await store.insert_people(work, entry_id, [seal_person(person, names, sealer) for person in candidate.people])
    return entry_id


def _subject(candidate: Candidate, sealer: Sealer) -> store.Subject:
    if candidate.kind is SubjectKind.NATURAL_PERSON:
        return _natural_person(candidate, sealer)
    uscc = parse_uscc(candidate.uscc or "")
    if isinstance(uscc, IdentifierProblem):
        raise _malformed("subject.uscc", uscc.message)
    code = str(uscc)
    return store.Subject(candidate.kind, code, normalise_text(candidate.name), code, candidate.address)


def _natural_person(candidate: Candidate, sealer: Sealer) -> store.Subject:
    """令11 reaches staff too. Name and address stay inside; the person stands among the people of the entry."""
    person = next((one for one in candidate.people if one.role is PersonRole.SUBJECT), None)
    if person is None:
        raise _malformed("people", "A natural person needs an entry with the role subject.")
    return store.Subject(candidate.kind, person_key(person, sealer), mask_name(person.name), None, None)


def _malformed(field: str, reason: str) -> Problem:
    return Problem(MALFORMED, "1 field(s) cannot be used.", errors=[{"field": field, "reason": reason}])
