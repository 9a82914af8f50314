"""not_ended: what waits of one record is found by an index that answers nothing else

Revision ID: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COLUMNS = ["subscriber_id", "record_id", "sequence"]


def upgrade() -> None:
    """Deliverers of the older release find the same without it, more slowly."""
    _exchange("ix_delivery_pending_record", "ix_delivery_not_ended_of_record", "state NOT IN ('delivered', 'failed')")


def downgrade() -> None:
    _exchange("ix_delivery_not_ended_of_record", "ix_delivery_pending_record", "state = 'pending'")


def _exchange(old: str, new: str, of: str) -> None:
    op.create_index(new, "delivery", _COLUMNS, postgresql_where=sa.text(of), sqlite_where=sa.text(of))
    op.drop_index(old, table_name="delivery")
