"""The stand-in for Credit Jiangsu as an application."""

from fastapi import FastAPI

from services.sync.mock_portals.common.app import assemble, new_parts
from services.sync.mock_portals.common.dual_disclosure import layouts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.layout import amount_in_yuan, slashed_day
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.credit_jiangsu.stand_in.export import Export
from services.sync.portals.credit_jiangsu.stand_in.intake import Intake
from shared.vocabulary import Portal


def create_mock(options: MockOptions) -> FastAPI:
    """Shows amounts in yuan and days with slashes; its interface is the exchange database alone."""
    face = Face("信用江苏（模拟）", "双公示信息查询", "#1d5fa8", layouts(amount=amount_in_yuan, day=slashed_day))
    parts = new_parts(Portal.CREDIT_JIANGSU, options, face)
    intake = Intake(parts)
    return assemble(
        parts,
        routes=Export(parts).routes(),
        on_open=intake.open,
        each_round=intake.round,
        on_close=intake.close,
        on_faults=intake.announce,
    )
