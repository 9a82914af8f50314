"""webhooks

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('change',
    sa.Column('change_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('detail', sa.String(length=20), nullable=True),
    sa.Column('at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=True),
    sa.Column('region', sa.String(length=12), nullable=True),
    sa.Column('authority', sa.String(length=18), nullable=True),
    sa.PrimaryKeyConstraint('change_id', name=op.f('pk_change')),
    sa.UniqueConstraint('position', name=op.f('uq_change_position'))
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index('ix_change_unplaced', ['change_id'], unique=False, postgresql_where=sa.text('position IS NULL'), sqlite_where=sa.text('position IS NULL'))

    op.create_table('delivery',
    sa.Column('subscriber_id', sa.String(length=32), nullable=False),
    sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('record_id', sa.String(length=32), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_try_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('stored_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('ended_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('subscriber_id', 'sequence', name=op.f('pk_delivery'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index('ix_delivery_failed', ['subscriber_id', 'sequence'], unique=False, postgresql_where=sa.text("state = 'failed'"), sqlite_where=sa.text("state = 'failed'"))
        batch_op.create_index('ix_delivery_pending', ['subscriber_id', 'sequence'], unique=False, postgresql_where=sa.text("state = 'pending'"), sqlite_where=sa.text("state = 'pending'"))
        batch_op.create_index('ix_delivery_pending_record', ['subscriber_id', 'record_id', 'sequence'], unique=False, postgresql_where=sa.text("state = 'pending'"), sqlite_where=sa.text("state = 'pending'"))

    op.create_table('delivery_attempt',
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('subscriber_id', sa.String(length=32), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('message', sa.String(length=200), nullable=True),
    sa.Column('attempted_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('attempt_id', name=op.f('pk_delivery_attempt'))
    )
    with op.batch_alter_table('delivery_attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_attempt_subscriber_id_sequence'), ['subscriber_id', 'sequence'], unique=False)

    op.create_table('feed_head',
    sa.Column('feed', sa.String(length=20), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('oldest', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('feed', name=op.f('pk_feed_head'))
    )
    op.create_table('replay',
    sa.Column('replay_id', sa.String(length=32), nullable=False),
    sa.Column('subscriber_id', sa.String(length=32), nullable=False),
    sa.Column('what', sa.String(length=10), nullable=False),
    sa.Column('since', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('next_sequence', sa.BigInteger(), nullable=False),
    sa.Column('last_sequence', sa.BigInteger(), nullable=False),
    sa.Column('requeued', sa.Integer(), nullable=False),
    sa.Column('requested_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('requested_by', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('finished_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('replay_id', name=op.f('pk_replay'))
    )
    with op.batch_alter_table('replay', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replay_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('subscriber',
    sa.Column('subscriber_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('types', sa.Text(), nullable=False),
    sa.Column('kinds', sa.Text(), nullable=False),
    sa.Column('regions', sa.Text(), nullable=False),
    sa.Column('from_position', sa.BigInteger(), nullable=False),
    sa.Column('created_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('state_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('state_by', sa.String(length=120), nullable=False),
    sa.Column('state_reason', sa.String(length=300), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failing_since', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('held_until', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('last_success_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('subscriber_id', name=op.f('pk_subscriber'))
    )
    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriber_state'), ['state'], unique=False)

    op.create_table('subscriber_key',
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.Column('subscriber_id', sa.String(length=32), nullable=False),
    sa.Column('algorithm', sa.String(length=4), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.String(length=80), nullable=True),
    sa.Column('created_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('key_id', name=op.f('pk_subscriber_key'))
    )
    with op.batch_alter_table('subscriber_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriber_key_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('subscriber_sequence',
    sa.Column('subscriber_id', sa.String(length=32), nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('subscriber_id', name=op.f('pk_subscriber_sequence'))
    )
