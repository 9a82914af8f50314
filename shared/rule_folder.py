"""The folder of rule files (`CREDITSYNC_RULES_DIR`): what may stand in it, and who answers for it (`adoption.toml`).

Read once, at the start of a process, whole and bounded; a file that nobody would read is refused, because a person
believes that it counts. Decides nothing about the content of a rule. Serves G03 and G12.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from shared.errors import StartRefused
from shared.identifiers import strip_control
from shared.policy.deadlines import FILE as DEADLINES
from shared.policy.table import PackError, Table
from shared.policy.toml_text import toml_of
from shared.rule_files import RuleAdoption, RuleFile, RuleTexts, put_in_force

ADOPTION = "adoption.toml"
ADOPTION_FORM = """\
# Who puts the files of this folder in force, why, and on which day it was decided. Every service refuses to start
# while one of the three is empty, and writes them into its audit log when it starts with rules that are new to it.
by = ""
reason = ""
on = {today}
"""
SHARED: Sequence[RuleFile[Any]] = (DEADLINES,)
"""The files that all services read."""

_SERVICES = ("ingest", "disclosure", "repair")  # those that have rule files of their own
_MOST_BYTES = 256 * 1024
_MOST_FILES = 100
_MOST_SIGNS = {"by": 100, "reason": 2000}


def take_rules(folder: Path | None, files: Sequence[RuleFile[Any]], today: date) -> None:
    """Put in force what lies in the folder, and the packaged files for everything else. `files` are those that this
    process reads besides the shared ones. Raises `StartRefused`."""
    files = (*SHARED, *files)
    put_in_force(RuleTexts() if folder is None else read_folder(folder, files, today), files)


def read_folder(folder: Path, files: Iterable[RuleFile[Any]], today: date) -> RuleTexts:
    """The texts that take the place of packaged ones; files of services that this process does not serve are theirs."""
    if not folder.is_dir():
        raise StartRefused(
            f"CREDITSYNC_RULES_DIR names {folder}, which is no folder: make it with `creditsync rules copy {folder}`, "
            "or unset it to use the packaged rules"
        )
    found = _texts(folder)
    adopted = found.pop(ADOPTION, None)
    if not found:
        return RuleTexts(str(folder))
    _refuse_unknown(folder, found, {one.name for one in files})
    if adopted is None:
        raise StartRefused(
            f"{folder} holds {min(found)} and no {ADOPTION}: add one with by, reason and on, so that the audit log can "
            "say who changed the rules and why"
        )
    return RuleTexts(str(folder), found, _adoption(folder, adopted, today))


def _texts(folder: Path) -> dict[str, str]:
    places = [folder, *sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))]
    paths = [path for place in places for path in sorted(place.glob("*.toml")) if not path.name.startswith(".")]
    if len(paths) > _MOST_FILES:
        raise StartRefused(f"{folder} holds {len(paths)} files; {_MOST_FILES} are allowed: is it the right folder?")
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths}


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise StartRefused(f"{path} is larger than {_MOST_BYTES} bytes: is it a rule file?")
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise StartRefused(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise StartRefused(f"{path} is not UTF-8: save it anew as UTF-8") from None


def _refuse_unknown(folder: Path, found: Iterable[str], known: set[str]) -> None:
    mine = {name.partition("/")[0] for name in known if "/" in name}
    for name in found:
        place, inside, _ = name.partition("/")
        of_another = bool(inside) and place in _SERVICES and place not in mine
        if name not in known and not of_another:
            raise StartRefused(
                f"{folder} holds {name}, which no service reads: the names are those that `creditsync rules show` "
                f"prints, such as {min(known)}"
            )


def _adoption(folder: Path, text: str, today: date) -> RuleAdoption:
    try:
        table = Table(ADOPTION, "file", toml_of(ADOPTION, text))
        words = {key: strip_control(table.text(key)).strip() for key in _MOST_SIGNS}
        for key, most in _MOST_SIGNS.items():
            if not words[key] or len(words[key]) > most:
                raise table.refuse(f"{key} needs 1 to {most} signs that can be read")
        on = table.day("on")
        table.done()
        if on > today:
            raise table.refuse(f"on is {on}, which has not come yet: files of the folder count from the next start on")
    except PackError as error:
        raise StartRefused(f"the rules in {folder} are not put in force: {error}") from None
    return RuleAdoption(words["by"], words["reason"], on)
