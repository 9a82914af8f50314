"""materials

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
    with op.batch_alter_table('shown_record', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subject_key', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('decided_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('closes_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('severity', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('rule_id', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('article', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('repair_rule_id', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('repair_article', sa.Text(), nullable=True))

    op.create_table('material_file',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('format', sa.String(length=8), nullable=False),
    sa.Column('stored_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('scan', sa.String(length=12), nullable=False),
    sa.Column('scan_attempts', sa.Integer(), nullable=False),
    sa.Column('scan_next_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('scanned_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('finding', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_material_file'))
    )
    with op.batch_alter_table('material_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_material_file_scan_scan_next_at'), ['scan', 'scan_next_at'], unique=False)

    op.create_table('material',
    sa.Column('material_id', sa.String(length=32), nullable=False),
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=True),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('uploaded_by', sa.String(length=120), nullable=False),
    sa.Column('uploaded_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('removed_by', sa.String(length=120), nullable=True),
    sa.Column('removed_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('removal_reason', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('material_id', name=op.f('pk_material'))
    )
    with op.batch_alter_table('material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_material_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_sha256'), ['sha256'], unique=False)

    op.create_table('listed_entry',
    sa.Column('entry_id', sa.String(length=32), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('in_force', sa.Boolean(), nullable=False),
    sa.Column('removal_under_way', sa.Boolean(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=True),
    sa.Column('early_removal_from_on', sa.Date(), nullable=True),
    sa.Column('article', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_listed_entry'))
    )
    op.create_table('commitment',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('generation', sa.String(length=40), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('taken_by', sa.String(length=120), nullable=False),
    sa.Column('taken_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('ended_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('due_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('due_deadline', sa.String(length=20), nullable=True),
    sa.Column('due_from', sa.Date(), nullable=True),
    sa.Column('due_provisional', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.PrimaryKeyConstraint('application_id', 'kind', name=op.f('pk_commitment'))
    )
    with op.batch_alter_table('commitment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_commitment_state_due_at'), ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_commitment_due_from_due_deadline'), ['due_from', 'due_deadline'], unique=False, postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))
