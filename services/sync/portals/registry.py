"""The adapters by portal: `create` of `adapter.py` in the portal's folder, imported when the portal is asked for."""

from importlib import import_module

from services.sync.portals.base import PortalAdapter
from services.sync.portals.options import PortalOptions
from shared.clock import Clock
from shared.errors import StartRefused
from shared.vocabulary import Portal

PACKAGE = "services.sync.portals"


def create_adapter(portal: Portal, options: PortalOptions, clock: Clock, package: str = PACKAGE) -> PortalAdapter:
    """The adapter to a portal; `open` it before use and `close` it after. `package` holds the portals' folders."""
    module = import_module(f"{package}.{portal}.adapter")
    if not hasattr(module, "create"):
        raise StartRefused(
            f"{module.__file__} has no create(options, clock): the house makes a portal's adapter with it"
        )
    adapter: PortalAdapter = module.create(options, clock)
    return adapter


__all__ = ["PortalOptions", "create_adapter"]
