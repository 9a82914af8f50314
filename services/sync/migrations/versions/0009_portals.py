"""portals: former entries, agreement before and after the cache life, amended orders

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_FORMER = 'former_of IS NOT NULL'


def upgrade() -> None:
    # Columns that may be empty or have a default: SQLite adds them in place, so that the triggers of 0008 stay.
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('former_of', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('agreed_generation', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('agreed_at', shared.database.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('amended_body', sa.Text(), nullable=True))
    op.create_index('ix_placement_former', 'placement', ['former_of', 'portal'], unique=False, postgresql_where=sa.text(_FORMER), sqlite_where=sa.text(_FORMER))
