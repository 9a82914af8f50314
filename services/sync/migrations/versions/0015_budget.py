"""budget: the share of reading in the requests of a portal, and until when it asked not to be read

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('portal_channel', sa.Column('read_tokens', sa.Float(), server_default='0', nullable=False))
    op.add_column('portal_channel', sa.Column('reads_resume_at', shared.database.types.Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('portal_channel') as batch:
        batch.drop_column('reads_resume_at')
        batch.drop_column('read_tokens')
