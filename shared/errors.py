"""Every error that creditsync raises on purpose, and the catalogue of problems that callers may receive.

    CreditsyncError
    ├── StartRefused      a process cannot start; the message is one sentence and names what to do
    ├── Unavailable       something we stand on does not answer now (database, broker, portal); try again later
    └── Problem           the caller's request was understood and refused (RFC 9457); nothing was stored

A problem is raised once, near its cause, with the values needed to act, and caught only at an edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class CreditsyncError(Exception):
    """Base of all errors raised on purpose."""


class StartRefused(CreditsyncError):
    """A process cannot start as it is configured. The message is one sentence that says what to change."""


class Unavailable(CreditsyncError):
    """Something outside this process does not answer at present. Trying again later is right."""


@dataclass(frozen=True)
class ProblemType:
    """One entry of the catalogue: `slug` makes the stable `type` of RFC 9457, `advice` says what to do next."""

    slug: str
    status: int
    title: str
    advice: str


class Problem(CreditsyncError):
    """A refusal with its type, the concrete reason and the values that the caller needs to act."""

    def __init__(self, kind: ProblemType, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.members: Mapping[str, Any] = members


MALFORMED = ProblemType(
    "malformed-request",
    422,
    "The request does not have the documented form",
    "Correct the listed fields and send it again.",
)
UNKNOWN_PARAMETER = ProblemType(
    "unknown-parameter",
    422,
    "The address has a parameter that is not known here",
    "Correct or leave out the parameters in `errors`; `known` lists those that may be sent.",
)
NOT_JSON = ProblemType(
    "unreadable-body",
    400,
    "The body cannot be read",
    "Send UTF-8 JSON, or newline-delimited JSON with one row a line.",
)
WRONG_MEDIA_TYPE = ProblemType(
    "unsupported-media-type",
    415,
    "The content type is not accepted here",
    "Use one of the media types listed in `accepted`.",
)
TOO_LARGE = ProblemType(
    "request-too-large",
    413,
    "The request is larger than allowed",
    "Split it into parts below the limit given in `limit`.",
)
UNAUTHENTICATED = ProblemType(
    "authentication-required",
    401,
    "The call carries no valid identity",
    "Fetch a bearer token from the token endpoint and send it again.",
)
SCOPE_MISSING = ProblemType(
    "scope-missing",
    403,
    "The token does not allow this",
    "Ask the operator for a client with the scope named in `required_scope`.",
)
FOREIGN_AUTHORITY = ProblemType(
    "foreign-authority",
    403,
    "The caller may not write for this authority",
    "Send only records of the authorities listed in your token.",
)
NOT_FOUND = ProblemType("not-found", 404, "There is no such resource", "Check the identifier.")
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    "This resource does not know the method",
    "Use one of the methods in the Allow header.",
)
NO_PDF = ProblemType("no-pdf", 501, "No PDF can be made here", "Take the Word document, or ask the administrator.")
CONFLICT = ProblemType(
    "conflict", 409, "The present state does not allow this", "Read the resource again and decide anew."
)
UPLOAD_OFFSET = ProblemType(
    "upload-offset",
    409,
    "The bytes do not follow those that are stored",
    "Go on from the byte in `offset`; without one, read the import to learn it.",
)
CHECKSUM_MISMATCH = ProblemType(
    "checksum-mismatch",
    422,
    "The file received is not the one announced",
    "Send the file again from the byte in `offset`, or announce the file as it is now.",
)
IDEMPOTENCY_KEY_MISSING = ProblemType(
    "idempotency-key-missing",
    400,
    "A changing call needs an Idempotency-Key header",
    "Send a fresh unique key with each new request; repeat it when you retry.",
)
IDEMPOTENCY_KEY_REUSED = ProblemType(
    "idempotency-key-reused",
    422,
    "This Idempotency-Key was used with another request",
    "Use a fresh key for a new request.",
)
IN_PROGRESS = ProblemType(
    "request-in-progress",
    409,
    "The same request is still being worked on",
    "Repeat it with the same key in a few seconds.",
)
PACK_REFUSED = ProblemType(
    "pack-refused",
    422,
    "The policy packs cannot be used",
    "Correct the entry named in `file` and `entry`; the packs in force stay in force.",
)
CALENDAR_REFUSED = ProblemType(
    "calendar-refused",
    422,
    "The calendar year cannot be used",
    "Correct the entry named in `detail` after the State Council's notice; the calendar in force stays in force.",
)
NOT_REPAIRABLE = ProblemType(
    "not-repairable",
    409,
    "The record cannot be repaired now",
    "Apply from the day in `possible_from`; without one the law gives no repair for this record.",
)
OPEN_APPLICATION = ProblemType(
    "open-application",
    409,
    "There is an open application for this record",
    "Follow the application that is open; apply again when it has ended.",
)
WRONG_STATE = ProblemType(
    "wrong-state",
    409,
    "The case does not allow this step now",
    "Read the case again: `state` says where it is and `possible` which steps may follow.",
)
STALE_VERSION = ProblemType(
    "stale-version",
    409,
    "The case has changed since you looked at it",
    "Read the case again and decide anew on the version in `version`.",
)
FILE_REFUSED = ProblemType(
    "file-refused",
    422,
    "The file is not what may be handed in",
    "Send a whole PDF, JPEG, PNG or OFD file; `reason` says what is wrong with its content.",
)
FILE_INFECTED = ProblemType(
    "file-infected",
    409,
    "The scanner found malware in the file",
    "Clean the computer that it came from and hand in a new file.",
)
FILE_UNSCANNED = ProblemType(
    "file-unscanned",
    409,
    "The file was not scanned yet",
    "Repeat it after the seconds given in Retry-After; if it stays so, tell the operator that the scanner is down.",
)
LINK_EXPIRED = ProblemType(
    "link-expired", 410, "The link is over", "Ask for a new link; each is good for one file and a few minutes."
)
NOT_CURABLE = ProblemType(
    "not-curable",
    409,
    "No commitment can stand for this paper",
    "Hand in the papers listed in `papers`, or promise only those that are missing and curable.",
)
PAPERS_MISSING = ProblemType(
    "papers-missing",
    409,
    "Papers are neither there nor promised",
    "Hand in the papers listed in `papers`, give a commitment for those that are curable, or request a supplement.",
)
FEED_GONE = ProblemType(
    "feed-gone",
    410,
    "These changes are no longer kept",
    "Take what differs from `/v1/changes/state`, then read the feed from the position that it names on.",
)
ABSENCE_NOT_OBSERVED = ProblemType(
    "absence-not-observed",
    409,
    "The record was not yet seen to be gone everywhere",
    "Ask again when every portal listed in `portals` was seen without the record; looks and mending go on meanwhile.",
)
TOO_MANY_AT_ONCE = ProblemType(
    "too-many-at-once",
    403,
    "One person alone may not change so many at once",
    "Choose fewer, or let somebody do it who may approve changes above the limit.",
)
SECOND_PERSON_NEEDED = ProblemType(
    "second-person-needed",
    403,
    "Two people have to agree to this",
    "Ask somebody else who may approve it; `proposed_by` names who proposed it.",
)
TOO_MANY_REQUESTS = ProblemType(
    "too-many-requests",
    429,
    "This address asks more often than allowed",
    "Repeat it after the seconds given in Retry-After, or read the machine-readable lists page by page.",
)
OVERLOADED = ProblemType(
    "overloaded", 503, "The service cannot take this now", "Repeat it after the seconds given in Retry-After."
)
INTERNAL = ProblemType(
    "internal-error",
    500,
    "The service failed",
    "Repeat it with the same Idempotency-Key; if it fails again, tell the operator the `request_id`.",
)

# Gathered, not listed: a type that is defined above cannot be forgotten here, nor in the pages written from it.
CATALOGUE: tuple[ProblemType, ...] = tuple(kind for kind in list(globals().values()) if isinstance(kind, ProblemType))
