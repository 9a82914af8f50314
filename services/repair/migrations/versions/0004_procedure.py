"""procedure

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
