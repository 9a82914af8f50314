"""originals, duties

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
    op.create_table('original_row',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('sent_digest', sa.String(length=32), nullable=False),
    sa.Column('batch_id', sa.String(length=32), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('received_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('cells', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'sent_digest', name=op.f('pk_original_row'))
    )
    op.create_table('department_duty',
    sa.Column('department', sa.String(length=60), nullable=False),
    sa.Column('duties', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.String(length=120), nullable=False),
    sa.Column('set_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('department', name=op.f('pk_department_duty'))
    )


def downgrade() -> None:
    op.drop_table('department_duty')
    op.drop_table('original_row')
