"""audit

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_entry',
    sa.Column('entry_id', sa.String(length=32), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('effect_rows', sa.Integer(), nullable=False),
    sa.Column('effect_digest', sa.String(length=64), nullable=True),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=True),
    sa.Column('previous', sa.String(length=64), nullable=True),
    sa.Column('hash', sa.String(length=64), nullable=True),
    sa.Column('linked_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('seq', name=op.f('uq_audit_entry_seq'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entry_unlinked', ['entry_id'], unique=False, postgresql_where=sa.text('seq IS NULL'), sqlite_where=sa.text('seq IS NULL'))
        batch_op.create_index(batch_op.f('ix_audit_entry_subject_entry_id'), ['subject', 'entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_record_id_entry_id'), ['record_id', 'entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_actor_entry_id'), ['actor', 'entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_action_entry_id'), ['action', 'entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)

    op.create_table('audit_head',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('signed_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_head'))
    )
