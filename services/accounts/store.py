"""Accounts and invitations in one file under the data folder: hashes only, replaced as a whole, readable by its owner.

A password is stored as Argon2id. An invitation is a link that works once and for a day; of its code only the digest is
kept. Nothing here decides what a role may do.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.accounts.roles import Role
from shared.clock import Clock
from shared.errors import CreditsyncError
from shared.secret_files import write_secret

INVITATION = timedelta(days=1)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_HASHER = PasswordHasher()  # Argon2id with the library's parameters (RFC 9106, low-memory choice)


class AccountRefused(CreditsyncError):
    """An account or an invitation that does not hold; the sentence is for the person."""


@dataclass(frozen=True)
class Account:
    """One person."""

    name: str
    role: Role
    password: str


@dataclass(frozen=True)
class Invitation:
    """A link by which one person sets a password, once. `ends_at` is in seconds since 1970."""

    name: str
    role: Role
    ends_at: int


class Accounts:
    """The file. It is read for each question, so that a removed account ends at once in every process."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._path = data_dir / "keys" / "accounts.json"
        self._clock = clock
        self._nobody = _HASHER.hash(secrets.token_urlsafe(32))

    def names(self) -> Mapping[str, Role]:
        return {name: Role(one["role"]) for name, one in sorted(self._read()["accounts"].items())}

    def find(self, name: str) -> Account | None:
        one = self._read()["accounts"].get(name)
        return Account(name, Role(one["role"]), str(one["password"])) if one else None

    def authenticated(self, name: str, password: str) -> Account | None:
        """The account when the password is right. A name that nobody has takes as long."""
        account = self.find(name)
        try:
            _HASHER.verify(account.password if account else self._nobody, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return account

    def invite(self, name: str, role: Role) -> str:
        """The code of a new invitation; an older one for the same name ends."""
        if not name or len(name) > 60 or not name.isprintable() or name.strip() != name:
            raise AccountRefused("a name has 1 to 60 printable characters and no blank at its ends")
        code = secrets.token_urlsafe(24)
        with self._changing() as content:
            _forget_invitations(content, name)
            ends_at = int((self._clock.now() + INVITATION).timestamp())
            content["invitations"][_digest(code)] = asdict(Invitation(name, role, ends_at))
        return code

    def invitation(self, code: str) -> Invitation | None:
        """The invitation behind a code, while it holds."""
        one = self._read()["invitations"].get(_digest(code))
        if one is None or one["ends_at"] < self._clock.now().timestamp():
            return None
        return Invitation(one["name"], Role(one["role"]), one["ends_at"])

    def accept(self, code: str, password: str) -> Account:
        """Set the password of the invited person. The code is used up."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise AccountRefused(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        hashed = _HASHER.hash(password)
        with self._changing() as content:
            invited = self.invitation(code)
            if invited is None:
                raise AccountRefused("the link was used already or is older than a day")
            _forget_invitations(content, invited.name)
            content["accounts"][invited.name] = {"role": invited.role, "password": hashed}
        return Account(invited.name, invited.role, hashed)

    def remove(self, name: str) -> None:
        """Remove the account and every link by which it would come back."""
        with self._changing() as content:
            _forget_invitations(content, name)
            if content["accounts"].pop(name, None) is None:
                raise AccountRefused(f"there is no account {name}")

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """Read, change and write while nobody else does: the server and the command line are two processes."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.with_name(".accounts.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            content = self._read()
            yield content
            self._write(content)

    def _read(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {"accounts": {}, "invitations": {}}
        return content

    def _write(self, content: dict[str, Any]) -> None:
        """Replaced as a whole, so that a reader never sees half of it."""
        partial = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        write_secret(partial, json.dumps(content, indent=1).encode())
        partial.replace(self._path)


def _forget_invitations(content: dict[str, Any], name: str) -> None:
    content["invitations"] = {key: one for key, one in content["invitations"].items() if one["name"] != name}


def _digest(code: str) -> str:
    """256 random bits need no slow hash."""
    return hashlib.sha256(code.encode()).hexdigest()
