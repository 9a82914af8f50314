"""timeline: the changes of one record, by an index

Revision ID: 0013
"""

from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_change_record_id', 'change', ['record_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_change_record_id', table_name='change')
