"""The three stand-ins by name, for the command line and the tests."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from services.sync.mock_portals.common.options import MockOptions
from services.sync.mock_portals.credit_china.app import create_mock as create_credit_china
from services.sync.mock_portals.credit_jiangsu.app import create_mock as create_credit_jiangsu
from services.sync.mock_portals.market_supervision.app import create_mock as create_market_supervision
from shared.vocabulary import Portal

Mocks = Mapping[Portal, Callable[[MockOptions], FastAPI]]

MOCKS: Mocks = {
    Portal.CREDIT_CHINA: create_credit_china,
    Portal.CREDIT_JIANGSU: create_credit_jiangsu,
    Portal.MARKET_SUPERVISION: create_market_supervision,
}


def mock_app(portal: Portal, data_dir: Path, options: MockOptions | None = None, mocks: Mocks = MOCKS) -> FastAPI:
    """One stand-in with its state under `data_dir`; `options` sets everything else."""
    return mocks[portal](replace(options, data_dir=data_dir) if options else MockOptions(data_dir))
