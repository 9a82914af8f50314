"""scan: an entry of a listing stands once, with whether it was listed twice

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _read_anew()
    op.drop_table('scan_entry')
    op.create_table('scan_entry',
    sa.Column('portal_key', sa.String(length=200), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('shown_digest', sa.String(length=32), nullable=False),
    sa.Column('doubled', sa.Boolean(), nullable=True),
    sa.PrimaryKeyConstraint('portal_key', 'run_id', name=op.f('pk_scan_entry'))
    )


def downgrade() -> None:
    _read_anew()
    op.drop_table('scan_entry')
    op.create_table('scan_entry',
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('portal_key', sa.String(length=200), nullable=False),
    sa.Column('shown_digest', sa.String(length=32), nullable=False),
    sa.Column('page', sa.Integer(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_scan_entry'))
    )
    op.create_index(op.f('ix_scan_entry_run_id_portal_key'), 'scan_entry', ['run_id', 'portal_key'], unique=False)


def _read_anew() -> None:
    """A run whose worker was ended with the old version begins anew: nothing of its reading is left."""
    op.execute("UPDATE reconciliation SET checkpoint = NULL, listed = 0 WHERE state = 'scanning'")
