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
    with op.batch_alter_table('calendar_year', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stored_at', shared.database.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('recounted_at', shared.database.types.Instant(timezone=True), nullable=True))
    op.execute('UPDATE calendar_year SET stored_at = loaded_at')
    with op.batch_alter_table('calendar_year', schema=None) as batch_op:
        batch_op.alter_column('stored_at', existing_type=shared.database.types.Instant(timezone=True), nullable=False)
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_publication_due_deadline_due_from'), postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))
        batch_op.create_index(batch_op.f('ix_publication_due_from_due_deadline'), ['due_from', 'due_deadline'], unique=False, postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))


def downgrade() -> None:
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_publication_due_from_due_deadline'), postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))
        batch_op.create_index(batch_op.f('ix_publication_due_deadline_due_from'), ['due_deadline', 'due_from'], unique=False, postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))
    with op.batch_alter_table('calendar_year', schema=None) as batch_op:
        batch_op.drop_column('recounted_at')
        batch_op.drop_column('stored_at')
