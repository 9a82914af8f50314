"""objections

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
    op.create_table('objection',
    sa.Column('objection_id', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('severity', sa.String(length=12), nullable=True),
    sa.Column('about', sa.String(length=16), nullable=False),
    sa.Column('by_subject', sa.Boolean(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('filed_by', sa.String(length=120), nullable=False),
    sa.Column('filed_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('mark_due_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('other_unit', sa.Boolean(), nullable=False),
    sa.Column('due_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('due_deadline', sa.String(length=20), nullable=True),
    sa.Column('due_from', sa.Date(), nullable=True),
    sa.Column('due_provisional', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.Column('proposed_by', sa.String(length=120), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('answered_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('in_time', sa.Boolean(), nullable=True),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=True),
    sa.Column('outcome_reasons', sa.Text(), nullable=True),
    sa.Column('closed_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('objection_id', name=op.f('pk_objection'))
    )
    with op.batch_alter_table('objection', schema=None) as batch_op:
        batch_op.create_index('uq_objection_open', ['record_id', 'about'], unique=True, postgresql_where=sa.text('is_open'), sqlite_where=sa.text('is_open'))
        batch_op.create_index(batch_op.f('ix_objection_state_objection_id'), ['state', 'objection_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objection_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objection_due_from_due_deadline'), ['due_from', 'due_deadline'], unique=False, postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))

    op.create_table('objection_step',
    sa.Column('objection_id', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('from_state', sa.String(length=16), nullable=True),
    sa.Column('to_state', sa.String(length=16), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('taken_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('objection_id', 'version', name=op.f('pk_objection_step'))
    )
    op.create_table('objection_sanction',
    sa.Column('objection_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('measure', sa.String(length=200), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('undone_on', sa.Date(), nullable=True),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.Column('reference', sa.String(length=200), nullable=True),
    sa.Column('noted_by', sa.String(length=120), nullable=True),
    sa.Column('noted_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('objection_id', 'number', name=op.f('pk_objection_sanction'))
    )
    op.create_table('objection_mark',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('marked', sa.Boolean(), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_objection_mark'))
    )
    op.create_table('contact',
    sa.Column('contact_id', sa.String(length=32), nullable=False),
    sa.Column('party', sa.String(length=8), nullable=False),
    sa.Column('party_key', sa.String(length=18), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=True),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('sealed_address', sa.LargeBinary(), nullable=False),
    sa.Column('shown_address', sa.String(length=200), nullable=False),
    sa.Column('address_digest', sa.String(length=64), nullable=False),
    sa.Column('entered_by', sa.String(length=120), nullable=False),
    sa.Column('entered_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('removed_by', sa.String(length=120), nullable=True),
    sa.Column('removed_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('removal_reason', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_contact'))
    )
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_party_party_key'), ['party', 'party_key'], unique=False)
        batch_op.create_index('uq_contact_address', ['party', 'party_key', 'address_digest'], unique=True, postgresql_where=sa.text('removed_at IS NULL'), sqlite_where=sa.text('removed_at IS NULL'))

    op.create_table('reminder',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=True),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('document_number', sa.String(length=64), nullable=False),
    sa.Column('repair_from_on', sa.Date(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('paragraphs', sa.Text(), nullable=False),
    sa.Column('told_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_reminder'))
    )
    op.create_table('reminder_delivery',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('contact_id', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('settled_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('record_id', 'contact_id', name=op.f('pk_reminder_delivery'))
    )
    with op.batch_alter_table('reminder_delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reminder_delivery_state_next_at'), ['state', 'next_at'], unique=False)


def downgrade() -> None:
    for table in (
        'reminder_delivery', 'reminder', 'contact', 'objection_mark', 'objection_sanction', 'objection_step', 'objection',
    ):
        op.drop_table(table)
