"""publications of which a fact waits for a person are found by an index

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_WAITS = sa.text('needs_confirmation')


def upgrade() -> None:
    op.create_index(
        'ix_publication_to_confirm',
        'publication',
        ['state', 'offline_on', 'record_id'],
        unique=False,
        postgresql_where=_WAITS,
        sqlite_where=_WAITS,
    )


def downgrade() -> None:
    op.drop_index('ix_publication_to_confirm', table_name='publication')
