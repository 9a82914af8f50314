"""worst first: what is not as wanted in the order of the lists, by an index each

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_OPEN = sa.text('observed_generation < generation')
_PROBLEM = sa.text('refusal IS NOT NULL OR (mends >= 3 AND observed_generation < generation)')


def upgrade() -> None:
    op.drop_index('ix_placement_open', table_name='placement')
    op.create_index('ix_placement_open', 'placement', ['portal', 'take_down', 'due_at', 'record_id'], unique=False, postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_index('ix_placement_failed', 'placement', ['portal', 'take_down', 'due_at', 'record_id'], unique=False, postgresql_where=_PROBLEM, sqlite_where=_PROBLEM)


def downgrade() -> None:
    op.drop_index('ix_placement_failed', table_name='placement')
    op.drop_index('ix_placement_open', table_name='placement')
    op.create_index('ix_placement_open', 'placement', ['portal', 'take_down', 'due_at'], unique=False, postgresql_where=_OPEN, sqlite_where=_OPEN)
