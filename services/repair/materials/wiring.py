"""The folder of papers as the settings name it, the same for the HTTP side and the background side."""

from services.repair.materials.cabinet import Cabinet
from services.repair.settings import RepairSettings
from shared.sealing import Sealer


def cabinet_of(settings: RepairSettings) -> Cabinet:
    """Sealed with the key of personal data: papers are full of it."""
    return Cabinet(settings.material_dir or settings.data_dir / "materials", Sealer(*settings.person_keys()))
