"""The parts of a service's README that are written from code: endpoints, events in and out, settings.

Purpose, tables, timers and runbooks are written by people; `tests/architecture/test_service_readmes.py` compares them.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from services.house import SERVICES
from shared.contracts.catalogue import CATALOGUE
from shared.messaging.topology import QUEUES
from shared.settings import HouseSettings, variable

ROOT = Path(__file__).parents[2]
COMMON = ("/health/alive", "/health/ready", "/health/fresh", "/metrics")
_PUSH = "sync.push."


def readme_path(service: str) -> Path:
    return ROOT / "services" / service / "README.md"


def readme(service: str, openapi: str) -> str:
    """The README as it stands, with the written parts brought up to date."""
    text = readme_path(service).read_text(encoding="utf-8")
    for heading, body in (
        ("Endpoints", _endpoints(service, openapi)),
        ("Events in", _events_in(service)),
        ("Events out", _events_out(service)),
        ("Settings", _settings(service)),
    ):
        text = _with_section(text, heading, body)
    return text


def _with_section(text: str, heading: str, body: str) -> str:
    pattern = re.compile(rf"(^## {heading}\n\n).*?(?=\n## |\Z)", flags=re.MULTILINE | re.DOTALL)
    return pattern.sub(lambda found: found.group(1) + body + "\n", text, count=1)


def _endpoints(service: str, openapi: str) -> str:
    rows = [
        f"| `{method.upper()} {path}` | {_scopes(operation)} | {operation.get('summary', '')} |"
        for path, operations in json.loads(openapi)["paths"].items()
        if path not in COMMON
        for method, operation in operations.items()
    ]
    document = f"{service}.openapi.json"
    return "\n".join(
        [
            f"Document: [docs/api/{document}](../../docs/api/{document}).",
            "",
            "| call | scope | what it does |",
            "|---|---|---|",
            *rows,
            "",
            "`/health/alive`, `/health/ready`, `/health/fresh`, `/metrics` and `/openapi.json` are the same everywhere",
            "([architecture](../../docs/architecture.md)). Changing calls need an `Idempotency-Key`.",
        ]
    )


def _scopes(operation: dict[str, list[dict[str, list[str]]]]) -> str:
    named = [scope for one in operation.get("security", []) for scopes in one.values() for scope in scopes]
    return ", ".join(f"`{scope}`" for scope in named) or "public"


def _events_in(service: str) -> str:
    own = {queue: keys for queue, keys in QUEUES.items() if queue.startswith(f"{service}.")}
    rows = [f"| `{queue}` | {_coded(keys)} |" for queue, keys in own.items() if not queue.startswith(_PUSH)]
    if any(queue.startswith(_PUSH) for queue in own):
        rows.append("| `sync.push.<portal>.take_down`, `sync.push.<portal>.publish` | `push.ordered` (its own) |")
    return "\n".join(["| queue | events |", "|---|---|", *rows]) if rows else "None."


def _events_out(service: str) -> str:
    told = [name for name, kind in CATALOGUE.items() if kind.owner == service]
    return f"{_coded(told)}: [docs/api/events.md](../../docs/api/events.md)."


def _settings(service: str) -> str:
    own = [variable(name) for name in SERVICES[service].settings.model_fields if name not in HouseSettings.model_fields]
    meanings = "Meanings, and the settings that all services share: [deploy/settings.md](../../deploy/settings.md)."
    return "\n".join([*(f"- `{name}`" for name in own), "", meanings])


def _coded(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
