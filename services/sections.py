"""The sections of `creditsync`, such as `creditsync repair …`: where each lies, imported when a person asks for it.

A process that serves or works carries none of them, and help about one section reads only that one.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_group

SECTIONS: Mapping[str, str] = {
    "disclosure": "services.disclosure.cli:app",
    "account": "services.accounts.cli:app",
    "audit": "services.evidence:app",
    "calendar": "services.local.calendar_cli:app",
    "dead-letters": "services.local.dead_letters:app",
    "decided": "services.sync.decided.cli:app",
    "orders": "services.local.orders_cli:orders",
    "channel": "services.local.orders_cli:channel",
    "quarantine": "services.ingest.quarantine.cli:app",
    "reconcile": "services.local.reconcile_cli:app",
    "repair": "services.repair.cli:app",
    "data-sharing": "services.ingest.data_sharing.cli:app",
    "identity": "services.ingest.identity.cli:app",
    "permission-catalogue": "services.ingest.permission_catalogue.cli:app",
    "provincial-list": "services.ingest.provincial_list.cli:app",
    "source-map": "services.ingest.sources.cli:app",
    "duties": "services.ingest.duties.cli:app",
    "originals": "services.ingest.originals.cli:app",
    "rules": "services.rules:app",
    "subscribers": "services.sync.webhooks.cli:app",
}
"""By name: the module and what in it holds the commands."""


class Sections(TyperGroup):
    """The commands of its own, then the sections."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(dict.fromkeys([*super().list_commands(ctx), *SECTIONS]))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            # Of a name that nobody has, all are read: one of them may be what was meant.
            for name in [cmd_name] if cmd_name in SECTIONS else SECTIONS:
                self.commands[name] = _section(name)
        return super().get_command(ctx, cmd_name)


def _section(name: str) -> TyperGroup:
    module, _, attribute = SECTIONS[name].partition(":")
    section: Typer = getattr(import_module(module), attribute)
    group = get_group(section)
    group.name = name
    return group
