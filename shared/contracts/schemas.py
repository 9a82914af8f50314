"""Renders what the contracts look like from outside: a JSON Schema for each event, and the page of all events.

Pure text in, text out; `python -m shared.contracts.schemas --write` puts the schemas beside this file, where a
test compares them with the models. It never decides what an event holds. Serves everyone who reads our events.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import CATALOGUE, EventType
from shared.contracts.envelope import MEDIA_TYPE, Event

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
EXAMPLES = HERE / "examples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_HEAD = f"""# Events

What the services tell each other; nothing else travels between them. Each event is CloudEvents 1.0 in JSON, and
events of one type share a message of media type `{MEDIA_TYPE}`.

A contract changes only by addition. Delivery is at least once and in no order that a receiver may rely on: it goes by
`generation`, and an older one changes nothing.

Written by `shared.contracts.schemas.events_page`; a test compares it with the catalogue and the topology.

| event | told by | heard by (queues) | schema | example |
|---|---|---|---|---|"""


def schema_of(kind: EventType) -> dict[str, Any]:
    """The JSON Schema of one event: the envelope with its data, the type and source fixed."""
    event: type[Event[Any]] = Event[kind.data]  # type: ignore[name-defined]
    schema = event.model_json_schema()
    properties = schema["properties"]
    properties["type"] = {"const": kind.data.TYPE, "type": "string"}
    properties["source"] = {"const": f"/creditsync/{kind.owner}", "type": "string"}
    return {"$schema": DIALECT, "$id": f"urn:creditsync:event:{kind.data.TYPE}"} | schema | {"title": kind.data.TYPE}


def schema_text(kind: EventType) -> str:
    """The same as it is committed."""
    return json.dumps(schema_of(kind), ensure_ascii=False, indent=2) + "\n"


def schema_files() -> dict[Path, str]:
    """Every schema by the file that holds it."""
    return {SCHEMAS / f"{name}.json": schema_text(kind) for name, kind in CATALOGUE.items()}


def events_page(listeners: Mapping[str, Sequence[str]]) -> str:
    """`docs/api/events.md`; `listeners` names the queues that hear each event type."""
    rows = [_row(name, kind, listeners.get(name, ())) for name, kind in CATALOGUE.items()]
    parts = [_section(name, kind) for name, kind in CATALOGUE.items()]
    return "\n".join([_HEAD, *rows, "", *parts])


def _row(name: str, kind: EventType, queues: Sequence[str]) -> str:
    heard = ", ".join(f"`{queue}`" for queue in queues) or "nobody"
    links = [f"[{what}](../../shared/contracts/{what}s/{name}.json)" for what in ("schema", "example")]
    return f"| [`{name}`](#{name.replace('.', '')}) | {kind.owner} | {heard} | {links[0]} | {links[1]} |"


def _section(name: str, kind: EventType) -> str:
    meaning = " ".join((kind.data.__doc__ or "").split())
    fields = [
        _field(field, about) for field, about in schema_of(kind)["$defs"][kind.data.__name__]["properties"].items()
    ]
    return "\n".join([f"## {name}", "", meaning, "", "| field | type |", "|---|---|", *fields, ""])


def _field(field: str, about: Mapping[str, Any]) -> str:
    return f"| `{field}` | {_type(about)} |"


def _type(about: Mapping[str, Any]) -> str:
    if "anyOf" in about:
        return " or ".join(_type(one) for one in about["anyOf"])
    if "$ref" in about:
        return str(about["$ref"]).rpartition("/")[2]
    return f"{about['type']} ({about['format']})" if "format" in about else str(about["type"])


def main(arguments: Sequence[str]) -> int:
    """Write the schemas, or say how to."""
    if list(arguments) != ["--write"]:
        sys.stderr.write("usage: python -m shared.contracts.schemas --write\n")
        return 2
    for path, text in schema_files().items():
        path.write_text(text, encoding="utf-8")
    for stray in set(SCHEMAS.glob("*.json")) - set(schema_files()):
        stray.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
