"""portals: stages of a filed form, what a probe found

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_FILING = 'receipt IS NOT NULL AND filing_stage IS NOT NULL'


def upgrade() -> None:
    with op.batch_alter_table('portal_channel', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contract_faults', sa.String(length=300), nullable=True))
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('filing_stage', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('filing_since', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('filing_expected_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('filing_provisional', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.create_index('ix_placement_filing', ['portal', 'filing_expected_on'], unique=False, postgresql_where=sa.text(_FILING), sqlite_where=sa.text(_FILING))
