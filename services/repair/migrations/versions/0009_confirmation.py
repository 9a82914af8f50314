"""confirmation

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('shown_record', schema=None) as batch_op:
        batch_op.add_column(sa.Column('needs_confirmation', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('confirmed_repair_from_on', sa.Date(), nullable=True))

    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lifted_by', sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column('lifted_reason', sa.Text(), nullable=True))
