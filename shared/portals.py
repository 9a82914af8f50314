"""What each portal states of itself (`portal.toml` in its folder): order, audience, names, and what settings hold.

Read as data and by place, once, when a process starts, without loading anything of the service that speaks to portals:
vocabulary, settings and pages need it, and most processes never speak to a portal. What is wrong is a `StartRefused`
with file and entry. Serves G12. Why so: `docs/decisions/0021-a-portal-is-one-folder.md`.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import StartRefused

FOLDER = Path(__file__).parents[1] / "services" / "sync" / "portals"
FILE = "portal.toml"
LANGUAGES = ("zh", "en")

_PARTS = ("adapter.py", "stand_in/app.py")
_ENTRIES = {"order", "audience", "name", "settings", "fields"}
_LENGTHS = {"short", "full"}
_OF_A_SETTING = {"default", "description", "secret", "required"}
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_ADDRESS = re.compile(r"https?://[^\s/?#]+:\d+")
_MOST_SIGNS = {"folder": 20, "text": 300}  # twenty: the columns of the tables


@dataclass(frozen=True)
class PortalSetting:
    """One value of `CREDITSYNC_<PORTAL>_<NAME>`. `required`: production does not start without
    it, and takes no default for it."""

    description: str
    default: str | None
    secret: bool
    required: bool


@dataclass(frozen=True)
class PortalStatement:
    """One portal. `short` and `full` are its names by language; of `settings`, `url` (its address) is always there;
    `fields` are the names by language of fields that no other portal shows."""

    name: str
    order: int
    audience: str
    short: Mapping[str, str]
    full: Mapping[str, str]
    settings: Mapping[str, PortalSetting]
    fields: Mapping[str, Mapping[str, str]]


def read_statements(folder: Path, audiences: Collection[str]) -> Mapping[str, PortalStatement]:
    """The portals below a folder by name, in their order and then by name. `audiences` are those that a portal may
    serve. Raises `StartRefused` for a folder that is wrong or incomplete."""
    places = [place for place in folder.iterdir() if any((place / part).is_file() for part in (FILE, *_PARTS))]
    stated = [_Reader(place).statement(audiences) for place in places]
    return {one.name: one for one in sorted(stated, key=lambda one: (one.order, one.name))}


class _Reader:
    """Reads the statement of one folder."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file = place / FILE

    def statement(self, audiences: Collection[str]) -> PortalStatement:
        self._complete()
        table = self._table()
        self._only("", table, _ENTRIES)
        order, audience = table.get("order"), table.get("audience")
        if type(order) is not int:
            raise self._wrong("order", "must be a whole number: its place among the portals")
        if audience not in audiences:
            raise self._wrong("audience", f"must be one of {', '.join(sorted(audiences))}")
        names = {lang: self._names(table, lang) for lang in LANGUAGES}
        self._only("name", table["name"], set(LANGUAGES))
        short, full = ({lang: names[lang][length] for lang in LANGUAGES} for length in ("short", "full"))
        settings, fields = self._settings(table), self._fields(table)
        return PortalStatement(self._place.name, order, str(audience), short, full, settings, fields)

    def _complete(self) -> None:
        if not _CODE.fullmatch(self._place.name) or len(self._place.name) > _MOST_SIGNS["folder"]:
            raise StartRefused(
                f"{self._place}: the name of a portal's folder must be small letters, digits and single underlines, "
                f"at most {_MOST_SIGNS['folder']} signs"
            )
        for part in (FILE, *_PARTS):
            if not (self._place / part).is_file():
                raise StartRefused(f"{self._place} has no {part}: a portal's folder needs it")

    def _table(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StartRefused(f"{self._file} cannot be read: {error}") from None

    def _names(self, table: Mapping[str, Any], lang: str) -> dict[str, str]:
        names = self._inner("name", table.get("name")).get(lang)
        found = self._inner(f"name.{lang}", names)
        self._only(f"name.{lang}", found, _LENGTHS)
        return {length: self._text(f"name.{lang}.{length}", found.get(length)) for length in sorted(_LENGTHS)}

    def _fields(self, table: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
        return dict(self._each_field(self._inner("fields", table.get("fields", {}))))

    def _each_field(self, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
        for name, given in table.items():
            words = self._inner(f"fields.{name}", given)
            self._only(f"fields.{name}", words, LANGUAGES)
            yield name, {lang: self._text(f"fields.{name}.{lang}", words.get(lang)) for lang in LANGUAGES}

    def _settings(self, table: Mapping[str, Any]) -> Mapping[str, PortalSetting]:
        found = dict(self._each_setting(self._inner("settings", table.get("settings"))))
        url = found.get("url")
        if not url or not _ADDRESS.fullmatch(url.default or ""):
            raise self._wrong("settings.url", "must have a default with a port, such as http://127.0.0.1:8114")
        return found

    def _each_setting(self, table: Mapping[str, Any]) -> Iterator[tuple[str, PortalSetting]]:
        for name, given in table.items():
            entry = f"settings.{name}"
            if not _CODE.fullmatch(name):
                raise self._wrong(entry, "must be named with small letters, digits and single underlines")
            self._only(entry, self._inner(entry, given), _OF_A_SETTING)
            default = self._text(f"{entry}.default", given["default"]) if "default" in given else None
            secret, required = (
                self._flag(f"{entry}.{flag}", given.get(flag, False)) for flag in ("secret", "required")
            )
            if secret and default is not None:
                raise self._wrong(f"{entry}.default", "must not be there: a secret has none")
            description = self._text(f"{entry}.description", given.get("description"))
            yield name, PortalSetting(description, default, secret, required)

    def _inner(self, entry: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(entry, "must be a table")
        return value

    def _text(self, entry: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > _MOST_SIGNS["text"]:
            raise self._wrong(entry, f"must be a text of 1 to {_MOST_SIGNS['text']} signs")
        return value

    def _flag(self, entry: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(entry, "must be true or false")
        return value

    def _only(self, entry: str, table: Mapping[str, Any], known: Collection[str]) -> None:
        for name in table:
            if name not in known:
                place = f"{entry}.{name}" if entry else name
                raise self._wrong(place, f"is not known; known are {', '.join(sorted(known))}")

    def _wrong(self, entry: str, why: str) -> StartRefused:
        return StartRefused(f"{self._file}: {entry} {why}")
