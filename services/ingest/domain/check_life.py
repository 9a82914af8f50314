"""Checks of what a row says about the life of its record: valid or withdrawn (V16), public or not (V14), until when
it may be shown (V09)."""

from collections.abc import Iterator

from services.ingest.domain.check_words import said
from services.ingest.domain.context import Day
from services.ingest.domain.findings import Finding
from services.ingest.domain.parsed import Parsed
from services.ingest.domain.weights import weight_of, weights
from shared.vocabulary import RecordKind

_DUAL_DISCLOSURE = (RecordKind.PENALTY, RecordKind.LICENCE)


def known_state(row: Parsed, _day: Day) -> Iterator[Finding]:
    """Code list of states: 1 valid, 2 invalid. What is not valid any more is withdrawn with reasons, or stopped."""
    state = row.draft.values.get("state")
    reasons = "withdrawal_reason" in row.draft.values
    if state not in ("1", "2", None):
        yield Finding("V01", row.draft.column("state"), said("state"))
    elif state == "2" and not reasons and row.kind in weights().waits:
        yield Finding("V16", row.draft.column("state"), said("invalid_without_reason"))
    elif reasons and state != "2":
        yield Finding("V16", row.draft.column("withdrawal_reason"), said("reason_of_valid"))


def withdrawal_usable(row: Parsed, day: Day) -> Iterator[Finding]:
    """V16: the way and the day of a withdrawal can be read, and the day lies between the decision and today."""
    if not row.is_withdrawn:
        return
    if row.withdrawal_kind is None:
        yield Finding(
            "V16", row.draft.column("withdrawal_kind"), said("one_of", choices="变更, 撤销, 确认违法 or 无效")
        )
    on, decided_on = row.dates.get("withdrawn_on"), row.dates.get("decided_on")
    if on and (on > day.today or (decided_on and on < decided_on)):
        yield Finding("V16", row.draft.column("withdrawn_on"), said("withdrawal_day"))


def readable_version(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V16: the version (数据版本) is a whole number."""
    if "data_version" in row.draft.values and row.version is None:
        yield Finding("V16", row.draft.column("data_version"), said("version"))


def may_be_sent(row: Parsed, _day: Day) -> Iterator[Finding]:
    """V14: a penalty or licence that is not public is not to be sent; other kinds are kept, with the ground."""
    values = row.draft.values
    if "public" not in values:
        return
    if row.public is None:
        yield Finding("V01", row.draft.column("public"), said("public_flag"))
    elif not row.public and row.kind in _DUAL_DISCLOSURE:
        yield Finding("V14", row.draft.column("public"), said("not_public"))
    elif not row.public and "ground_of_non_disclosure" not in values:
        column = row.draft.column("ground_of_non_disclosure")
        yield Finding("V01", column, said("ground_missing"))


def publication_end(row: Parsed, day: Day) -> Iterator[Finding]:
    """V09, second half: the end of publication that the source names is the one that the rules give."""
    named = row.dates.get("publication_ends")
    if named is None or day.latest_ends is None:
        return
    lawful = day.latest_ends(row, day.today)
    if lawful and named not in lawful:
        days = " or ".join(map(str, sorted(lawful)))
        message = said("publication_end", day=named, choices=days)
        yield Finding("V09", row.draft.column("publication_ends"), message, weight_of("V09_publication_end"))
