"""performances: whether penalties were performed, and their tasks; policy: every change of a comparison

Revision ID: 0011
"""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('performance',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('standing', sa.String(length=12), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=True),
    sa.Column('opened_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_performance'))
    )
    op.create_index('ix_performance_standing_place', 'performance', ['standing', 'place'], unique=False)
    op.create_table('performance_step',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('step', sa.String(length=12), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=True),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'number', name=op.f('pk_performance_step'))
    )
    op.create_table('comparison_change',
    sa.Column('comparison_id', sa.String(length=32), nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('city', sa.String(length=12), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('kinds', sa.String(length=120), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=True),
    sa.Column('new_closes_on', sa.Date(), nullable=True),
    sa.Column('rule_id', sa.String(length=80), nullable=False),
    sa.Column('new_rule_id', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('comparison_id', 'place', name=op.f('pk_comparison_change'))
    )
    _move_changes(op.get_bind())


_comparison = sa.table('comparison', sa.column('comparison_id'), sa.column('result'))
_change = sa.table(
    'comparison_change',
    sa.column('comparison_id'), sa.column('place'), sa.column('record_id'), sa.column('city'), sa.column('audience'),
    sa.column('kinds'), sa.column('closes_on', sa.Date()), sa.column('new_closes_on', sa.Date()),
    sa.column('rule_id'), sa.column('new_rule_id'),
)


def _move_changes(connection: sa.Connection) -> None:
    """What finished comparisons had listed, at most 1,000 each, one comparison after the other."""
    finished = sa.select(_comparison.c.comparison_id).where(_comparison.c.result.is_not(None))
    for comparison_id in connection.execute(finished).scalars().all():
        mine = _comparison.c.comparison_id == comparison_id
        result = json.loads(connection.scalar(sa.select(_comparison.c.result).where(mine)))
        rows = [_row(comparison_id, place, one) for place, one in enumerate(result.pop('changes', []))]
        if rows:
            connection.execute(sa.insert(_change), rows)
        connection.execute(sa.update(_comparison).where(mine).values(result=json.dumps(result, ensure_ascii=False)))


def _row(comparison_id: str, place: int, one: dict[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(one[name]) if one[name] else None for name in ('closes_on', 'new_closes_on')}
    kinds = f",{','.join(one['kinds'])},"
    return {'comparison_id': comparison_id, 'place': place, **one, **days, 'kinds': kinds}


def downgrade() -> None:
    op.drop_table('comparison_change')
    op.drop_table('performance_step')
    op.drop_table('performance')
