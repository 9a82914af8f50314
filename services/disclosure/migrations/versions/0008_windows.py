"""windows: the days of what is online, by an index each

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_ONLINE = sa.text("state = 'online'")


def upgrade() -> None:
    op.create_index('ix_publication_repairable', 'publication', ['repair_from_on'], unique=False, postgresql_where=_ONLINE, sqlite_where=_ONLINE)
    op.create_index('ix_publication_to_be_shown', 'publication', ['due_at'], unique=False, postgresql_where=_ONLINE, sqlite_where=_ONLINE)


def downgrade() -> None:
    op.drop_index('ix_publication_to_be_shown', table_name='publication')
    op.drop_index('ix_publication_repairable', table_name='publication')
