"""calendar

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_year',
    sa.Column('notice', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('loaded_by', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('loaded_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('stored_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('recounted_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('notice', name=op.f('pk_calendar_year'))
    )


def downgrade() -> None:
    op.drop_table('calendar_year')
