"""The evidence of one record as sections of tables: the same for a page that stands alone and for paper. Pure.

Nothing is left out in silence: what a service did not answer, or what goes on beyond the bound, stands there as such.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.clock import LEGAL_ZONE

_GROUPS = {
    "record.subject.kind": "subject",
    "record.detail.kind": "kind",
    "record.detail.penalty_types": "penalty",
    "record.detail.procedure": "procedure",
}
"""Which words the coded values of a document are of."""
_TRUTHS = {"true": "evidence.yes", "false": "evidence.no"}


@dataclass(frozen=True)
class Section:
    """A heading, what is to be said of it, and a table."""

    heading: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Dossier:
    """证据包: everything that is kept about one record at one moment."""

    title: str
    record_id: str
    made_at: str
    made_by: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Gathered:
    """The readings that a dossier is made of; `more` names those that go on beyond the bound."""

    source: Reading
    publications: Reading
    dates: Reading
    placements: Reading
    timeline: Reading
    applications: Reading
    audit: Mapping[str, Reading]
    heads: Mapping[str, Reading]
    certificates: Sequence[Reading]
    more: frozenset[str] = frozenset()


class Clerk:
    """Writes the sections in one language."""

    def __init__(self, lang: Lang, show: Shown) -> None:
        self.lang, self.show, self.t = lang, show, translate(lang)

    def sections(self, gathered: Gathered) -> tuple[Section, ...]:
        return (
            self._decision(gathered.source),
            self._windows(gathered.publications),
            self._dates(gathered.dates),
            self._placements(gathered.placements),
            self._timeline(gathered),
            *(self._certificate(one) for one in gathered.certificates),
            self._repairs(gathered.applications),
            *(self._audit(service, log, gathered) for service, log in gathered.audit.items()),
            self._heads(gathered.heads),
        )

    def _w(self, group: str, code: object) -> str:
        return word(self.lang, group, code) if code is not None else ""

    def _silent(self, heading: str, reading: Reading) -> Section | None:
        if reading.ok:
            return None
        if reading.why == "absent":
            return Section(heading, note=self.t("evidence.nothing"))
        why = self.t(f"evidence.{reading.why}", service=self._w("service", reading.service))
        return Section(heading, note=f"{why} {reading.detail}".strip())

    def _table(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, more: bool = False
    ) -> Section:
        note = self.t("evidence.more") if more else "" if rows else self.t("evidence.nothing")
        texts = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
        return Section(self.t(f"evidence.{name}"), tuple(self.t(f"evidence.{one}") for one in columns), texts, note)

    def _decision(self, source: Reading) -> Section:
        silent = self._silent(self.t("evidence.decision"), source)
        return silent or self._table("decision", ("field", "value"), [self._named(*line) for line in flat(source.data)])

    def _named(self, path: str, text: str) -> tuple[str, str]:
        """A line of the document with what its path and its code are called. The path stays: it is what is proven."""
        steps = path.split(".")
        names = {one: word(self.lang, "path", one) for one in (".".join(steps[-2:]), steps[-1])}
        called = next((name for one, name in names.items() if name != one), "")
        if path == "state":
            text = word(self.lang, "validity", text)
        elif group := _GROUPS.get(path):
            text = self.t("records.and").join(self._w(group, one) for one in text.split(", "))
        elif text in _TRUTHS:
            text = self.t(_TRUTHS[text])
        return f"{called} {path}".strip(), text

    def _windows(self, found: Reading) -> Section:
        columns = ("audience", "state", "opens", "closes", "offline", "why")
        rows = [
            (
                self._w("audience", one["audience"]),
                " ".join(filter(None, (self._w("publication", one["state"]), self._w("reason", one["reason"])))),
                one["opens_on"],
                one["closes_on"],
                one["offline_on"],
                " ".join(one["explanation"]),
            )
            for one in (found.data if found.ok else ())
        ]
        return self._silent(self.t("evidence.windows"), found) or self._table("windows", columns, rows)

    def _dates(self, found: Reading) -> Section:
        columns = ("day", "what", "counted", "rule", "article", "pack")
        rows = [
            (
                self.show.weekday(one["day"]),
                self._w("date", one["what"]),
                self._counted(one),
                one["rule_id"],
                one["article"],
                one["pack_version"],
            )
            for one in (sorted(found.data, key=_day) if found.ok else ())
        ]
        return self._silent(self.t("evidence.dates"), found) or self._table("dates", columns, rows)

    def _counted(self, one: Mapping[str, Any]) -> str:
        if one["working_days"]:
            counted = self.t("records.working_days", day=one["counted_from"], n=one["working_days"])
            return counted + (
                self.t("records.skipped", days=self.t("records.and").join(one["skipped"])) if one["skipped"] else ""
            )
        return self.t("records.counted_from", start=self._w("start", one["start"])) if one["start"] else ""

    def _placements(self, found: Reading) -> Section:
        columns = ("portal", "key", "wanted", "wanted_at", "due_at", "order", "acknowledged", "observed", "agreed")
        rows = [
            (
                self._w("portal", one["portal"]),
                one["portal_key"],
                self._w("wanted", one["wanted"]),
                self._at(one["wanted_at"]),
                self._at(one["due_at"]),
                one["generation"],
                f"{one['acknowledged_generation']} {self._at(one['acknowledged_at'])}".strip(),
                f"{self._w('observed', one['observed'])} {self._at(one['observed_at'])}".strip(),
                self.t("evidence.yes") if one["agreed"] else self.t("evidence.no"),
            )
            for one in (found.data if found.ok else ())
        ]
        return self._silent(self.t("evidence.placements"), found) or self._table("placements", columns, rows)

    def _timeline(self, gathered: Gathered) -> Section:
        found = gathered.timeline
        columns = ("at", "what", "portal", "outcome", "order", "detail", "differences")
        groups = {"wanted": "ordered", "push": "outcome", "observation": "observed", "certificate": "certificate"}
        rows = [
            (
                self._exact(one["at"]),
                self._w("what", one["what"]),
                self._w("portal", one["portal"]),
                self._w(groups.get(one["what"], "drift"), one["outcome"]),
                one["generation"],
                " ".join(filter(None, (one["code"], self._detail(one)))),
                "; ".join(
                    f"{self._w('field', name)}: {ours} | {theirs}"
                    for name, (ours, theirs) in one["differences"].items()
                ),
            )
            for one in (found.data if found.ok else ())
        ]
        more = "timeline" in gathered.more
        return self._silent(self.t("evidence.timeline"), found) or self._table("timeline", columns, rows, more=more)

    def _detail(self, one: Mapping[str, Any]) -> str:
        """What is said of a line: of a look, the faces on which it stood."""
        if one["what"] == "observation" and one["detail"]:
            return self.t("records.and").join(self._w("face", face) for face in one["detail"].split(","))
        return str(one["detail"] or "")

    def _certificate(self, found: Reading) -> Section:
        silent = self._silent(self.t("evidence.certificate"), found)
        return silent or self._table("certificate", ("field", "value"), flat(found.data))

    def _repairs(self, found: Reading) -> Section:
        rows = [
            (
                one["tracking_number"],
                self._w("application", one["state"]),
                self._at(one["filed_at"]),
                self._at(one["closed_at"]),
            )
            for one in (found.data["items"] if found.ok else ())
        ]
        columns = ("number", "state", "filed", "closed")
        return self._silent(self.t("evidence.repairs"), found) or self._table("repairs", columns, rows)

    def _audit(self, service: str, log: Reading, gathered: Gathered) -> Section:
        heading = self.t("evidence.audit_of", service=self._w("service", service))
        columns = ("at", "deed", "actor", "reason", "seq", "digest", "link")
        rows = [
            (
                self._exact(one["at"]),
                self._w("deed", one["action"]),
                self.show.who(one["actor"]),
                one["reason"],
                one["seq"],
                one["digest"],
                one["hash"],
            )
            for one in (log.data if log.ok else ())
        ]
        table = self._table("audit", columns, rows, more=service in gathered.more)
        return self._silent(heading, log) or Section(heading, table.columns, table.rows, table.note)

    def _heads(self, heads: Mapping[str, Reading]) -> Section:
        columns = ("service", "seq", "link", "signed_at", "key_id", "signature")
        rows = [
            (
                self._w("service", service),
                head["seq"],
                head["hash"],
                self._at(head["signed_at"]),
                head["key_id"],
                head["signature"],
            )
            for service, reading in heads.items()
            if reading.ok and (head := reading.data)
        ]
        missing = [self._w("service", service) for service, reading in heads.items() if not reading.ok]
        table = self._table("heads", columns, rows)
        note = self.t("evidence.heads_why")
        if missing:
            note += " " + self.t("evidence.heads_missing", services=self.t("records.and").join(missing))
        return Section(table.heading, table.columns, table.rows, note)

    def _at(self, instant: str | None) -> str:
        return self.show.at(instant) if instant else ""

    def _exact(self, instant: str) -> str:
        """To the millisecond, in Shanghai, with the offset."""
        return datetime.fromisoformat(instant).astimezone(LEGAL_ZONE).isoformat(sep=" ", timespec="milliseconds")


def _day(one: Mapping[str, Any]) -> str:
    return str(one["day"])


def flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """A document as lines of path and value, so that nothing in it depends on how a page shows it."""
    if isinstance(value, dict):
        return [line for name, one in value.items() for line in flat(one, f"{path}.{name}" if path else name)]
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        return [line for at, one in enumerate(value) for line in flat(one, f"{path}[{at}]")]
    text = (
        ", ".join(map(str, value))
        if isinstance(value, list)
        else value
        if isinstance(value, str)
        else json.dumps(value)
    )
    return [(path, text)] if text not in ("", "null") else []
