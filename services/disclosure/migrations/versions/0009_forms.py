"""forms: the index of the ledger answers a month by itself

Revision ID: 0009
"""

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_COUNTED = ['region', 'decided_on', 'published_on', 'bucket']


def upgrade() -> None:
    op.create_index('ix_ledger_entry_counted', 'ledger_entry', ['what', 'on_day', 'record_id', *_COUNTED], unique=False)
    op.drop_index('ix_ledger_entry_what_on_day_record_id', table_name='ledger_entry')


def downgrade() -> None:
    op.create_index('ix_ledger_entry_what_on_day_record_id', 'ledger_entry', ['what', 'on_day', 'record_id'], unique=False)
    op.drop_index('ix_ledger_entry_counted', table_name='ledger_entry')
