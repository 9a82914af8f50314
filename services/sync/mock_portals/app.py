"""The stand-ins by portal: `create_mock` of `stand_in/app.py` in the portal's folder, imported when it is asked for."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI

from services.sync.mock_portals.common.options import MockOptions
from shared.errors import StartRefused
from shared.vocabulary import Portal

PACKAGE = "services.sync.portals"


def mock_app(portal: Portal, data_dir: Path, options: MockOptions | None = None, package: str = PACKAGE) -> FastAPI:
    """One stand-in with its state under `data_dir`; `options` sets everything else. `package` holds the folders of the
    portals."""
    module = import_module(f"{package}.{portal}.stand_in.app")
    if not hasattr(module, "create_mock"):
        raise StartRefused(
            f"{module.__file__} has no create_mock(options): the house makes a portal's stand-in with it"
        )
    app: FastAPI = module.create_mock(replace(options, data_dir=data_dir) if options else MockOptions(data_dir))
    return app
