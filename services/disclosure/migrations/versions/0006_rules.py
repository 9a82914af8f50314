"""rules

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('foreseen_end',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('unless_confirmed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'audience', name=op.f('pk_foreseen_end'))
    )
    with op.batch_alter_table('foreseen_end', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_foreseen_end_ends_on'), ['ends_on'], unique=False)

    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.add_column(sa.Column('masked', sa.Boolean(), server_default=sa.false(), nullable=False))
