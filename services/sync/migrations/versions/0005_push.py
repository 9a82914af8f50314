"""push: the channel of each portal, receipts asked for with patience, claims by deadline

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_PROBLEM = 'refusal IS NOT NULL OR (mends >= 3 AND observed_generation < generation)'
_TO_PUSH = 'acknowledged_generation < generation AND refusal IS NULL AND receipt IS NULL AND next_look_at IS NULL'


def upgrade() -> None:
    op.create_table('portal_channel',
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('tokens', sa.Float(), nullable=False),
    sa.Column('refilled_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('breaker', sa.String(length=10), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('probe_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=True),
    sa.Column('since', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('stopped_by', sa.String(length=300), nullable=True),
    sa.PrimaryKeyConstraint('portal', name=op.f('pk_portal_channel'))
    )
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('next_receipt_at', shared.database.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('receipt_asks', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('receipt_due_at', shared.database.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('refusal_code', sa.String(length=40), nullable=True))
        batch_op.drop_index('ix_placement_to_push')
        batch_op.drop_index('ix_placement_awaiting_receipt')
    op.execute('UPDATE placement SET next_receipt_at = next_push_at, receipt_due_at = next_push_at WHERE receipt IS NOT NULL')
    op.execute("UPDATE placement SET refusal_code = 'unspecified' WHERE refusal IS NOT NULL")
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.create_index('ix_placement_to_push', ['portal', 'take_down', 'due_at'], unique=False, postgresql_where=sa.text(_TO_PUSH), sqlite_where=sa.text(_TO_PUSH))
        batch_op.create_index('ix_placement_awaiting_receipt', ['portal', 'next_receipt_at'], unique=False, postgresql_where=sa.text('receipt IS NOT NULL'), sqlite_where=sa.text('receipt IS NOT NULL'))
        batch_op.create_index('ix_placement_problem', ['portal', 'record_id'], unique=False, postgresql_where=sa.text(_PROBLEM), sqlite_where=sa.text(_PROBLEM))
