"""Packs that were in force before, read when a window that rests on them is asked for. Serves G03.

Hardly ever needed: only for records whose facts change after other packs were adopted.
"""

import asyncio
from collections.abc import Collection, Mapping

import structlog

from services.disclosure.policy import store
from shared.database.connection import AsyncConnection
from shared.policy import Evaluator, PackError
from shared.policy.load import parse_texts

log = structlog.get_logger()

_KEPT = 8
_RULINGS = 1_000


class FormerPacks:
    """A few of them stay in memory. One for each process; a version never changes what it says."""

    def __init__(self) -> None:
        self._read: dict[str, Evaluator] = {}

    async def of(self, connection: AsyncConnection, versions: Collection[str]) -> Mapping[str, Evaluator]:
        """Those of these versions that were in force and that this program can read."""
        missing = [version for version in sorted(versions) if version not in self._read]
        if missing:
            texts = await store.read_texts_of(connection, missing)
            self._read |= await asyncio.to_thread(_evaluators, texts)
        found = {version: self._read[version] for version in versions if version in self._read}
        others = {version: one for version, one in self._read.items() if version not in found}
        self._read = dict([*others.items(), *found.items()][-_KEPT:])
        return found


def _evaluators(texts: Mapping[str, Mapping[str, str]]) -> dict[str, Evaluator]:
    found: dict[str, Evaluator] = {}
    for version, files in texts.items():
        try:
            found[version] = Evaluator(parse_texts(files)[0], limit=_RULINGS)
        except PackError as error:
            log.warning("former_packs_unreadable", version=version, file=error.file, entry=error.entry)
    return found
