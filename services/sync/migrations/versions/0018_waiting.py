"""runs: what they did not judge, and what they wait for

Revision ID: 0018
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INSTANT = shared.database.types.Instant(timezone=True)
_WAITING = "state = 'waiting'"


def upgrade() -> None:
    with op.batch_alter_table("reconciliation") as batch:
        batch.add_column(sa.Column("unsettled", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("waits_for", sa.String(length=12), nullable=True))
        batch.add_column(sa.Column("waits_until", _INSTANT, nullable=True))
        batch.add_column(sa.Column("patience_ends_at", _INSTANT, nullable=True))
        batch.create_index(
            "uq_reconciliation_waiting",
            ["portal", "district", "kind", "mode", "method"],
            unique=True,
            postgresql_where=sa.text(_WAITING),
            sqlite_where=sa.text(_WAITING),
        )


def downgrade() -> None:
    op.execute(
        "UPDATE reconciliation SET state = 'incomplete', finished_at = requested_at, "
        "explanation = 'The version changed during the run.' WHERE state = 'waiting'"
    )
    with op.batch_alter_table("reconciliation") as batch:
        batch.drop_index("uq_reconciliation_waiting")
        for column in ("patience_ends_at", "waits_until", "waits_for", "unanswered", "unsettled"):
            batch.drop_column(column)
