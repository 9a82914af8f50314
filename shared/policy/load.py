"""The door to the packs: read a folder, parse it strictly, check that it fits together, run its worked cases.

A set is loaded whole or refused whole with a `PackError`, so a broken pack never replaces the one in force. The version
is the label of `selection.toml` with a digest of every file. Serves G03.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from shared.policy.answers_file import ANSWERS_FILE
from shared.policy.assemble import assemble
from shared.policy.cases import WorkedCase, parse_cases, run_case
from shared.policy.clock_start import OF_RECORDS
from shared.policy.document_file import parse_document
from shared.policy.list_cases import run_list_case
from shared.policy.list_file import parse_lists
from shared.policy.pack import Document, Packs
from shared.policy.settings_file import parse_settings
from shared.policy.table import PackError, Table
from shared.policy.toml_text import toml_of

SETTINGS_FILES = ("selection.toml", "exclusions.toml", "lists.toml")
_LARGEST_FILE = 256 * 1024
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.toml", re.ASCII)
_MOST_FILES = 200
_SETS_IN_MEMORY = 2


def load_packs(folder: Traversable | None = None) -> Packs:
    """The packs that come with the program, or those of another folder (a `pathlib.Path` will do)."""
    return packs_of(texts_of(folder))


def packs_of(texts: Mapping[str, str]) -> Packs:
    """The packs of these files, name to text, as `texts_of` reads them, with every worked case run."""
    return _checked(tuple(texts.items()))


@lru_cache(_SETS_IN_MEMORY)
def _checked(texts: tuple[tuple[str, str], ...]) -> Packs:
    packs, cases = parse_texts(dict(texts))
    _check_answered(packs)
    _check_starts(packs)
    _check_serious_lists(packs)
    for case in cases:
        run_case(case, packs)
    for listed in packs.lists.cases:
        run_list_case(listed, packs)
    return packs


def _check_answered(packs: Packs) -> None:
    """Packs that are stored already may lack the file and stay readable; nobody adopts such ones any more."""
    if not packs.settings.answers.stated:
        reason = "is missing: put the one of the packs that come with the program beside the others"
        raise PackError(ANSWERS_FILE, "file", reason)


def _check_starts(packs: Packs) -> None:
    """Packs that are stored already may lack it and stay readable; nobody adopts such ones any more."""
    reason = f"count_from is missing: say from which day the periods are counted ({', '.join(sorted(OF_RECORDS))})"
    for document in packs.documents:
        for rule in document.classes:
            if rule.count_from is None:
                raise PackError(document.file, rule.rule_id, reason)


def _check_serious_lists(packs: Packs) -> None:
    """Which list defines serious on a day must have one answer (Q14); stored packs stay readable here too."""
    lists = sorted((one for one in packs.settings.lists if one.serious_list), key=lambda one: one.effective_from)
    for number, later in enumerate(lists):
        for earlier in lists[:number]:
            if earlier.effective_to is None or later.effective_from <= earlier.effective_to:
                until = earlier.effective_to or "any later day"
                reason = f"overlap: {earlier.list_id} is the serious list from {earlier.effective_from} to {until}"
                raise PackError("lists.toml", f"list {later.list_id}", reason)


def read_packs(folder: Traversable | None = None) -> tuple[Packs, tuple[WorkedCase, ...]]:
    """The packs and their worked cases, parsed and fitted together, the cases not yet run."""
    return parse_texts(texts_of(folder))


def parse_texts(texts: Mapping[str, str]) -> tuple[Packs, tuple[WorkedCase, ...]]:
    """The same for texts that come from elsewhere, within the same bounds."""
    texts = plain(texts)
    _check_bounds(texts)
    for name in SETTINGS_FILES:
        if name not in texts:
            raise PackError(name, "file", "is missing")
    tables = {name: Table(name, "file", toml_of(name, text)) for name, text in texts.items()}
    answers = tables.pop(ANSWERS_FILE, None)
    selection, exclusions, lists = (tables.pop(name) for name in SETTINGS_FILES)
    settings = parse_settings(selection, exclusions, lists, answers)
    about_lists = [tables.pop(name) for name in list(tables) if tables[name].has("object")]
    documents: list[Document] = []
    cases: list[WorkedCase] = []
    for table in tables.values():
        case_tables = table.tables("case")
        document = parse_document(table, settings)
        documents.append(document)
        cases += parse_cases(case_tables, document)
    version = f"{settings.label}+{_digest(texts)}"
    packs = assemble(documents, settings, version)
    return replace(packs, lists=parse_lists(about_lists, settings)), tuple(cases)


def texts_of(folder: Traversable | None = None) -> dict[str, str]:
    """The files of a folder, or of the packs that come with the program."""
    folder = folder if folder is not None else files(__package__) / "packs"
    if not folder.is_dir():
        raise PackError(folder.name, "folder", "there is no such folder")
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    if len(entries) > _MOST_FILES:
        raise PackError(folder.name, "folder", f"{len(entries)} files, at most {_MOST_FILES} are read")
    return {entry.name: _text(entry) for entry in entries}


def for_editing(texts: Mapping[str, str]) -> dict[str, str]:
    """The files, the packaged ones when there are none, with what they lack to be adopted: the packaged answers, which
    say what packs without any meant."""
    packaged = texts_of()
    return {ANSWERS_FILE: packaged[ANSWERS_FILE], **texts} if texts else packaged


def plain(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts without what an editor of Windows adds: carriage returns, and a byte order mark at the beginning."""
    return {name: text.removeprefix("\ufeff").replace("\r\n", "\n") for name, text in texts.items()}


def _text(entry: Traversable) -> str:
    with entry.open("rb") as stream:
        content = stream.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise PackError(entry.name, "file", f"is larger than {_LARGEST_FILE} bytes")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise PackError(entry.name, "file", f"is not UTF-8: {error}") from None


def _check_bounds(texts: Mapping[str, str]) -> None:
    if len(texts) > _MOST_FILES:
        raise PackError("packs", "folder", f"{len(texts)} files, at most {_MOST_FILES} are read")
    for name, text in texts.items():
        if not _FILE_NAME.fullmatch(name):
            raise PackError(name[:100], "file", "the name must be letters, digits, - and _ and end in .toml")
        if _size(name, text) > _LARGEST_FILE:
            raise PackError(name, "file", f"is larger than {_LARGEST_FILE} bytes")


def _size(name: str, text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise PackError(name, "file", f"is no text: half a character at place {error.start}") from None


def _digest(texts: Mapping[str, str]) -> str:
    digest = sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:12]
