"""The stand-in for Credit China as an application."""

from fastapi import FastAPI

from services.sync.mock_portals.common.app import assemble, new_parts
from services.sync.mock_portals.common.dual_disclosure import layouts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.layout import amount_in_wan
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.credit_china.stand_in.api import CreditChinaApi
from shared.vocabulary import Portal


def create_mock(options: MockOptions) -> FastAPI:
    """Shows amounts in 万元 and days as they came."""
    face = Face("信用中国（模拟）", "行政许可和行政处罚公示", "#a4262c", layouts(amount=amount_in_wan, day=str))
    parts = new_parts(Portal.CREDIT_CHINA, options, face)
    api = CreditChinaApi(parts)
    return assemble(parts, api=api.router(), on_open=api.open)
