"""The stand-in for the market-supervision publicity system as an application."""

from fastapi import FastAPI

from services.sync.mock_portals.common.app import assemble, new_parts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.market_supervision.stand_in.api import MarketSupervisionApi
from services.sync.portals.market_supervision.stand_in.enterprises import EnterprisePages
from services.sync.portals.market_supervision.stand_in.forms import Forms
from services.sync.portals.market_supervision.stand_in.layouts import LAYOUTS
from shared.vocabulary import Portal


def create_mock(options: MockOptions) -> FastAPI:
    """Shows amounts in 万元 and days in Chinese; files everything by enterprise."""
    face = Face("市场监管公示系统（模拟）", "企业信用信息公示", "#0b6b57", LAYOUTS, by_enterprise=True)
    parts = new_parts(Portal.MARKET_SUPERVISION, options, face)
    forms = Forms(parts)
    return assemble(
        parts,
        api=MarketSupervisionApi(parts, forms).router(),
        routes=EnterprisePages(parts, face).routes(),
        on_open=forms.open,
        each_round=forms.round,
    )
