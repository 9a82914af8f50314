"""The level-driven jobs of materials and commitments: scan what waits, remove what nobody refers to, find breaches."""

from datetime import timedelta

from services.repair.commitments.breach import BreachWatch
from services.repair.materials.forget import Forgetting
from services.repair.materials.scan import ScanRound
from services.repair.materials.scanners import scanner_at
from services.repair.materials.tidy import Tidying
from services.repair.materials.wiring import cabinet_of
from services.repair.settings import RepairSettings
from shared.runtime import Ground
from shared.timers import Timer

PATIENCE = timedelta(days=1)
"""How long a file may lie there without a row: far longer than any request lasts."""


def material_timers(settings: RepairSettings, ground: Ground) -> list[Timer]:
    """All timers of materials and commitments."""
    cabinet = cabinet_of(settings)
    scanner = scanner_at(settings.material_scanner, settings.material_scan_seconds)
    scan = ScanRound(ground.database, ground.clock, cabinet, scanner)
    tidying = Tidying(ground.database, ground.clock, cabinet, PATIENCE)
    return [
        Timer("repair.materials.scan", 5.0, scan.run),
        Timer("repair.materials.tidy", 60.0, tidying.run),
        Timer("repair.materials.forget", 60.0, Forgetting(ground.database, ground.clock).run),
        Timer("repair.commitments", 30.0, BreachWatch(ground.database, ground.clock).run),
    ]
