"""policy: how far a comparison of packs has come

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('comparison') as batch:
        batch.add_column(sa.Column('begun_at', shared.database.types.Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('compared', sa.Integer(), server_default='0', nullable=False))
        batch.add_column(sa.Column('expected', sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('comparison') as batch:
        batch.drop_column('expected')
        batch.drop_column('compared')
        batch.drop_column('begun_at')
