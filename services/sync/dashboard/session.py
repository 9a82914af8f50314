"""Who sits at the browser: a sealed cookie with the person's token, and the guard that every page stands behind.

The dashboard keeps no session itself, so any number of processes serve the same people. A session ends after an idle
time that polling does not prolong. Serves G15.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from fastapi import Request, Response

from shared.clock import Clock
from shared.errors import CreditsyncError
from shared.sealing import SealBroken, Sealer
from shared.web.caller import Caller

_CONTEXT = "dashboard session"
_TOUCH = timedelta(minutes=1)
_CLOCKS_DIFFER = timedelta(minutes=1)
_DIGITS = 12
_PART, _PARTS, _LARGEST = 3_600, 3, 64 * 1024


class SessionTooLarge(CreditsyncError):
    """Nobody can sign in with tokens of this size."""


class SignInNeeded(CreditsyncError):
    """Nobody is signed in, or the session has ended; the page asks to sign in and then leads back."""


@dataclass(frozen=True)
class Session:
    """One signed-in person. Instants are seconds since 1970, by the clock of the house."""

    access_token: str
    refresh_token: str | None
    name: str
    token_ends_at: int
    began_at: int
    seen_at: int


@dataclass(frozen=True)
class Visitor:
    """A session together with what its token allows."""

    session: Session
    caller: Caller

    @property
    def token(self) -> str:
        return self.session.access_token

    def may(self, scope: str) -> bool:
        return scope in self.caller.scopes


@dataclass(frozen=True)
class SessionCookie:
    """Seals and reads the cookie. `secure` where browsers come over TLS."""

    sealer: Sealer
    clock: Clock
    idle: timedelta
    longest: timedelta
    secure: bool

    @property
    def name(self) -> str:
        return "__Host-creditsync" if self.secure else "creditsync-session"

    def read(self, request: Request) -> Session:
        """The session of a request, or `SignInNeeded`."""
        sealed = "".join(request.cookies.get(name, "") for name in self._names())
        try:
            packed = self.sealer.open_bytes(urlsafe_b64decode(sealed), _CONTEXT)
            session = Session(**json.loads(zlib.decompressobj().decompress(packed, _LARGEST)))
        except (ValueError, TypeError, SealBroken, zlib.error):
            raise SignInNeeded("there is no session") from None
        if session.began_at <= self._ended_at(request):
            raise SignInNeeded("the person signed out")
        now = self._now()
        if now - session.seen_at > self.idle.total_seconds() or now - session.began_at > self.longest.total_seconds():
            raise SignInNeeded("the session has ended")
        return session

    def touched(self, session: Session) -> Session | None:
        """The session with a new idle time, when a minute has gone by; sealing it at every click would be waste."""
        now = self._now()
        return replace(session, seen_at=now) if now - session.seen_at >= _TOUCH.total_seconds() else None

    def write(self, response: Response, session: Session) -> None:
        """Browsers drop a cookie above 4,096 bytes without a word: what is longer goes into several."""
        packed = zlib.compress(json.dumps(asdict(session)).encode())
        sealed = urlsafe_b64encode(self.sealer.seal_bytes(packed, _CONTEXT)).decode()
        if len(sealed) > _PART * _PARTS:
            raise SessionTooLarge("the provider's tokens are larger than a browser keeps")
        for place, name in enumerate(self._names()):
            part = sealed[place * _PART : (place + 1) * _PART]
            if part:
                response.set_cookie(name, part, path="/", secure=self.secure, httponly=True, samesite="strict")
            else:
                self._forget(response, name)

    def end(self, request: Request, response: Response) -> None:
        """Forget the session, and leave a mark that all begun by now are over: an answer to an earlier request may
        still bring this one back."""
        try:
            began_at = self.read(request).began_at
        except SignInNeeded:
            began_at = 0
        for name in self._names():
            self._forget(response, name)
        mark, kept = str(max(self._now(), began_at)), int(self.longest.total_seconds())
        response.set_cookie(
            self._mark, mark, path="/", max_age=kept, secure=self.secure, httponly=True, samesite="strict"
        )

    def begun(self, request: Request, session: Session) -> Session:
        """A new session, later than whatever ended in this browser, even within one second."""
        return replace(session, began_at=max(session.began_at, self._ended_at(request) + 1))

    def _ended_at(self, request: Request) -> int:
        """What the mark says. One that lies ahead, by more than clocks differ, is nobody's sign-out."""
        mark = request.cookies.get(self._mark, "")
        ended_at = int(mark) if mark.isascii() and mark.isdecimal() and len(mark) <= _DIGITS else 0
        return ended_at if ended_at <= self._now() + _CLOCKS_DIFFER.total_seconds() else 0

    @property
    def _mark(self) -> str:
        return f"{self.name}-ended"

    def _forget(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="strict")

    def _names(self) -> list[str]:
        return [self.name, *(f"{self.name}-{place}" for place in range(1, _PARTS))]

    def _now(self) -> int:
        return int(self.clock.now().timestamp())
