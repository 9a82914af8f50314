"""Temporary folders for private servers.

Root's servers run as a user without rights, who must be able to walk into the folder but not to list it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A fresh temporary folder that other users can pass through; removed with everything in it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="creditsync-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
