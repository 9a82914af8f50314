"""What the endpoints of materials stand on, put on `app.state` beside the desk of repair."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from services.repair.materials.cabinet import Cabinet
from services.repair.materials.links import Links
from services.repair.materials.receive import Reception
from services.repair.materials.scanners import scanner_at
from services.repair.materials.wiring import cabinet_of
from services.repair.settings import RepairSettings
from shared.sealing import Sealer
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.scopes import Scope


@dataclass(frozen=True)
class MaterialsDesk:
    """Where papers lie, how they come in and how they may be fetched."""

    cabinet: Cabinet
    reception: Reception
    links: Links
    sealer: Sealer
    max_files: int
    is_scanned: bool  # a scanner is configured: what it has not seen is handed to nobody


async def _desk(request: Request) -> MaterialsDesk:
    desk: MaterialsDesk = request.app.state.materials
    return desk


Papers = Annotated[MaterialsDesk, Depends(_desk)]
Sender = Annotated[Caller, requires(Scope.REPAIR_WRITE)]
Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]


def materials_desk(settings: RepairSettings) -> MaterialsDesk:
    """The desk as the settings have it. A scanner that cannot be used stops the start."""
    cabinet = cabinet_of(settings)
    return MaterialsDesk(
        cabinet=cabinet,
        reception=Reception(cabinet, settings.material_max_bytes, settings.material_uploads),
        links=Links(cabinet.sealer, timedelta(seconds=settings.material_link_seconds)),
        sealer=cabinet.sealer,
        max_files=settings.material_max_files,
        is_scanned=scanner_at(settings.material_scanner, settings.material_scan_seconds) is not None,
    )
