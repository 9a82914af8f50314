"""calendar

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_year',
    sa.Column('notice', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('loaded_by', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('loaded_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('stored_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('recounted_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('notice', name=op.f('pk_calendar_year'))
    )
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_deadline', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('due_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('due_provisional', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(batch_op.f('ix_placement_due_from_due_deadline'), ['due_from', 'due_deadline'], unique=False, postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))


def downgrade() -> None:
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_placement_due_from_due_deadline'), postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))
        batch_op.drop_column('due_provisional')
        batch_op.drop_column('due_from')
        batch_op.drop_column('due_deadline')
    op.drop_table('calendar_year')
