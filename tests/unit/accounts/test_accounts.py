"""Local accounts: invited once, known by a slow hash, gone at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.accounts.roles import SCOPES, Role
from services.accounts.store import AccountRefused, Accounts
from shared.clock import FrozenClock
from shared.web.scopes import Scope

PASSWORD = "a long enough password"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 20, tzinfo=UTC))


@pytest.fixture
def accounts(tmp_path: Path, clock: FrozenClock) -> Accounts:
    (tmp_path / "keys").mkdir()
    return Accounts(tmp_path, clock)


def test_an_invitation_works_once(accounts: Accounts) -> None:
    code = accounts.invite("张三", Role.OPERATOR)
    assert accounts.accept(code, PASSWORD).role is Role.OPERATOR
    with pytest.raises(AccountRefused):
        accounts.accept(code, PASSWORD)
    assert accounts.names() == {"张三": Role.OPERATOR}


def test_an_invitation_ends_after_a_day_and_when_a_newer_one_is_made(accounts: Accounts, clock: FrozenClock) -> None:
    older = accounts.invite("li", Role.VIEWER)
    newer = accounts.invite("li", Role.VIEWER)
    assert accounts.invitation(older) is None
    clock.advance(timedelta(days=1, seconds=1))
    assert accounts.invitation(newer) is None


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_of_another_length_is_refused_and_the_invitation_stays(accounts: Accounts, password: str) -> None:
    code = accounts.invite("li", Role.VIEWER)
    with pytest.raises(AccountRefused):
        accounts.accept(code, password)
    assert accounts.invitation(code) is not None


@pytest.mark.parametrize("name", ["", " li", "x" * 61, "a\nb"])
def test_a_name_that_cannot_be_read_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.invite(name, Role.VIEWER)


def test_only_the_right_password_of_a_present_account_is_known(accounts: Accounts, tmp_path: Path) -> None:
    accounts.accept(accounts.invite("li", Role.AUDITOR), PASSWORD)
    assert accounts.authenticated("li", PASSWORD) is not None
    assert accounts.authenticated("li", PASSWORD + "x") is None
    assert accounts.authenticated("nobody", PASSWORD) is None
    stored = (tmp_path / "keys" / "accounts.json").read_text("utf-8")
    assert PASSWORD not in stored and "$argon2id$" in stored
    assert (tmp_path / "keys" / "accounts.json").stat().st_mode & 0o077 == 0
    accounts.remove("li")
    assert accounts.authenticated("li", PASSWORD) is None


def test_a_removed_person_does_not_come_back_by_an_older_link(accounts: Accounts) -> None:
    accounts.accept(accounts.invite("li", Role.SUPERVISOR), PASSWORD)
    link = accounts.invite("li", Role.SUPERVISOR)
    accounts.remove("li")
    with pytest.raises(AccountRefused):
        accounts.accept(link, PASSWORD)


def test_of_two_who_follow_one_link_at_once_one_sets_the_password(accounts: Accounts) -> None:
    code = accounts.invite("li", Role.VIEWER)

    def accepted(number: int) -> bool:
        try:
            accounts.accept(code, f"{PASSWORD} {number}")
        except AccountRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(accepted, range(4))) == 1


def test_a_viewer_changes_nothing_and_only_a_supervisor_approves() -> None:
    assert all(scope.endswith(":read") for scope in SCOPES[Role.VIEWER])
    assert all(scope.endswith(":read") for scope in SCOPES[Role.AUDITOR])
    assert Scope.SYNC_OPERATE in SCOPES[Role.OPERATOR]
    assert Scope.SYNC_APPROVE not in SCOPES[Role.OPERATOR]
    assert {Scope.SYNC_APPROVE, Scope.REPAIR_DECIDE} <= set(SCOPES[Role.SUPERVISOR])
