"""objections

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('objection_mark',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('marked', sa.Boolean(), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_objection_mark'))
    )


def downgrade() -> None:
    op.drop_table('objection_mark')
