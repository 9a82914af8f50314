"""attempts: which way an order went, and the newest attempts of all portals and of failures

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_FAILED = "outcome IN ('refused', 'uncertain', 'not_sent')"


def upgrade() -> None:
    with op.batch_alter_table('push_attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('take_down', sa.Boolean(), nullable=True))
    op.create_index('ix_push_attempt_at', 'push_attempt', ['attempted_at'], unique=False)
    op.create_index('ix_push_attempt_failed', 'push_attempt', ['attempted_at'], unique=False, postgresql_where=sa.text(_FAILED), sqlite_where=sa.text(_FAILED))
