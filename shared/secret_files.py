"""Secrets that a process makes for itself on its first start and keeps in files that only its user may read.

Serves G12 and G15 in the embedded mode; in production secrets come from settings and nothing is made here.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of the file; made once when it is not there.

    Several processes may start at the same moment: the file appears complete or not at all (a hard link of a
    finished one), and the first to link wins, so that all of them read the same secret.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        write_secret(partial, make())
        with suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    return path.read_bytes()


def write_secret(path: Path, content: bytes) -> None:
    """Write a file with mode 0600 from its first byte on, in place of an older one."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
