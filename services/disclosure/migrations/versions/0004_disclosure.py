"""disclosure

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def searched(length: int) -> sa.String:
    return sa.String(length=length).with_variant(sa.VARCHAR(length=length, collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('public_statement',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('record_kind', sa.String(length=12), nullable=False),
    sa.Column('withdrawal_kind', sa.String(length=12), nullable=False),
    sa.Column('subject_name', sa.String(length=200), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('document_number', sa.String(length=64), nullable=False),
    sa.Column('authority', sa.String(length=200), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=False),
    sa.Column('reasons', sa.Text(), nullable=False),
    sa.Column('article', sa.String(length=200), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('name_key', searched(200), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('document_key', searched(64), nullable=False),
    sa.Column('stored_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_public_statement'))
    )
    with op.batch_alter_table('public_statement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_public_statement_document_key'), ['document_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_public_statement_name_key'), ['name_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_public_statement_published_on_record_id'), ['published_on', 'record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_public_statement_subject_key'), ['subject_key'], unique=False)

    op.create_table('restoration',
    sa.Column('restoration_id', sa.String(length=32), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('restored_by', sa.String(length=120), nullable=False),
    sa.Column('restored_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('restoration_id', name=op.f('pk_restoration'))
    )

    op.create_table('restored_publication',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('restoration_id', sa.String(length=32), nullable=False),
    sa.Column('was_state', sa.String(length=24), nullable=False),
    sa.Column('was_reason', sa.String(length=40), nullable=True),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'audience', 'generation', name=op.f('pk_restored_publication'))
    )
    with op.batch_alter_table('restored_publication', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_restored_publication_restoration_id'), ['restoration_id'], unique=False)

    op.create_table('form_reminder',
    sa.Column('form', sa.String(length=1), nullable=False),
    sa.Column('unit', sa.String(length=12), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('remind_on', sa.Date(), nullable=False),
    sa.Column('created_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=True),
    sa.Column('settled_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('form', 'unit', 'month', name=op.f('pk_form_reminder'))
    )
    with op.batch_alter_table('form_reminder', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_reminder_settled_at'), ['settled_at'], unique=False)

    op.create_table('self_check',
    sa.Column('checked_on', sa.Date(), nullable=False),
    sa.Column('windows', sa.Integer(), nullable=False),
    sa.Column('windows_different', sa.Integer(), nullable=False),
    sa.Column('windows_unknown', sa.Integer(), nullable=False),
    sa.Column('ledger_differences', sa.Integer(), nullable=False),
    sa.Column('last_record_id', sa.String(length=32), nullable=False),
    sa.Column('finished_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('checked_on', name=op.f('pk_self_check'))
    )
