"""objections

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
