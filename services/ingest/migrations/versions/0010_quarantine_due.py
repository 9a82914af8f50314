"""quarantine: from when the reporting duty of a row is counted

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 'waiting'")
# The day of the decision is sealed in the cells, which no migration opens: the day on which the row came is the latest
# that it can be. Shanghai has kept one offset since 1991.
_DAY = {
    'postgresql': "(quarantined_at AT TIME ZONE 'Asia/Shanghai')::date",
    'sqlite': "date(quarantined_at, '+8 hours')",
}


def upgrade() -> None:
    with op.batch_alter_table('quarantined_row', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_from', sa.Date(), nullable=True))
        batch_op.create_index(
            'ix_quarantined_row_due_from',
            ['due_from', 'authority_code', 'client'],
            unique=False,
            postgresql_where=_WAITS,
            sqlite_where=_WAITS,
        )
    day = _DAY[op.get_bind().dialect.name]
    op.execute(sa.text(f"UPDATE quarantined_row SET due_from = {day} WHERE state = 'waiting'"))  # noqa: S608 - our own words


def downgrade() -> None:
    with op.batch_alter_table('quarantined_row', schema=None) as batch_op:
        batch_op.drop_index('ix_quarantined_row_due_from')
        batch_op.drop_column('due_from')
