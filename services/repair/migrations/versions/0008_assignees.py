"""assignees

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('shown_record', schema=None) as batch_op:
        batch_op.add_column(sa.Column('document_number', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('subject_name', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('authority_name', sa.String(length=200), nullable=True))

    op.create_table('application_assignee',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('assignee', sa.String(length=120), nullable=False),
    sa.Column('assigned_by', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('assigned_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('application_id', name=op.f('pk_application_assignee'))
    )
    with op.batch_alter_table('application_assignee', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_assignee_assignee'), ['assignee'], unique=False)
