"""decided: comparisons with what disclosure decided, and what they found

Revision ID: 0019
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INSTANT = shared.database.types.Instant(timezone=True)


def upgrade() -> None:
    op.create_table(
        "decided_check",
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("requested_by", sa.String(length=120), nullable=False),
        sa.Column("without_limit", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("compared_at", _INSTANT, nullable=True),
        sa.Column("finished_at", _INSTANT, nullable=True),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("entries", "never_told", "behind", "ahead", "repeated", "held")
        ),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("going_on", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_decided_check")),
    )
    op.create_index(op.f("ix_decided_check_going_on"), "decided_check", ["going_on"], unique=True)
    op.create_index(op.f("ix_decided_check_finished_at"), "decided_check", ["finished_at"], unique=False)
    op.create_table(
        "decided_difference",
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("decided_generation", sa.Integer(), nullable=False),
        sa.Column("heard_generation", sa.Integer(), nullable=False),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("repeated_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("record_id", "audience", name=op.f("pk_decided_difference")),
    )


def downgrade() -> None:
    op.drop_table("decided_difference")
    op.drop_table("decided_check")
