"""Where everything of one house is: ports, addresses and the settings that tell every process of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services import house
from services.local.ports import LOOPBACK, free_ports
from services.sync.dashboard.settings import DashboardSettings
from services.sync.settings import SyncSettings
from shared.settings import load
from shared.vocabulary import PORTAL_STATEMENTS, Portal

_OWN_PARTS = 6  # issuer, four services, dashboard


@dataclass(frozen=True)
class Addresses:
    """Base addresses of the running parts, as a client outside sees them."""

    issuer: str
    ingest: str
    disclosure: str
    repair: str
    sync: str
    dashboard: str
    portals: Mapping[Portal, str]

    @classmethod
    def usual(cls) -> "Addresses":
        """The ports of the settings' defaults."""
        usual = {portal: str(PORTAL_STATEMENTS[portal].settings["url"].default) for portal in Portal}
        return cls._at([8400, 8101, 8102, 8103, 8104, 8100], usual)

    @classmethod
    def free(cls) -> "Addresses":
        """Ports that nobody uses at present, so that a demo never meets another house."""
        ports = free_ports(_OWN_PARTS + len(Portal))
        portals = zip(Portal, map(_address, ports[_OWN_PARTS:]), strict=True)
        return cls._at(ports[:_OWN_PARTS], dict(portals))

    @classmethod
    def _at(cls, ports: Sequence[int], portals: Mapping[Portal, str]) -> "Addresses":
        issuer, ingest, disclosure, repair, sync, dashboard = map(_address, ports)
        return cls(issuer, ingest, disclosure, repair, sync, dashboard, portals)

    def settings(self, data_dir: Path) -> dict[str, Any]:
        """The settings, by field name, with which every process finds the others."""
        return {
            "data_dir": data_dir,
            "issuer": self.issuer,
            **{f"{name}_port": _port(address) for name, address in self.services().items()},
            **{f"{name}_url": address for name, address in self.services().items()},
            "dashboard_port": _port(self.dashboard),
            "dashboard_url": self.dashboard,
            "certificate_url": self.sync,
            **{f"{portal}_url": address for portal, address in self.portals.items()},
        }

    def services(self) -> Mapping[str, str]:
        return {"ingest": self.ingest, "disclosure": self.disclosure, "repair": self.repair, "sync": self.sync}


def _address(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """The same settings as environment variables, for child processes."""
    return {f"CREDITSYNC_{name.upper()}": str(value) for name, value in settings.items()}


def addresses_of(settings: SyncSettings) -> Addresses:
    """Where the services and portals of these settings are to be found."""
    ports = {name: service.port(service.load({})) for name, service in house.SERVICES.items()}
    local = {name: f"http://{settings.host}:{port}" for name, port in ports.items()}
    portals = {portal: settings.address_of(portal) for portal in Portal}
    dashboard = load(DashboardSettings).dashboard_url
    return Addresses(issuer=settings.issuer, dashboard=dashboard, portals=portals, **local)
