"""permission catalogue

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('permission_catalogue',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('file_digest', sa.String(length=32), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('taken_by', sa.String(length=120), nullable=False),
    sa.Column('taken_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_permission_catalogue')),
    sa.UniqueConstraint('source', 'as_of', 'file_digest', name=op.f('uq_permission_catalogue_source_as_of_file_digest'))
    )
    op.create_table('permission_item',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('power_code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=500), nullable=False),
    sa.Column('power_type', sa.String(length=40), nullable=False),
    sa.Column('legal_basis', sa.Text(), nullable=False),
    sa.Column('authority_name', sa.String(length=200), nullable=False),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', 'position', name=op.f('pk_permission_item'))
    )
    # `formula_without_value` has 21 characters: PostgreSQL refused the whole slice of a file with such a cell.
    with op.batch_alter_table('quarantined_code', schema=None) as batch_op:
        batch_op.alter_column('code', existing_type=sa.String(length=20), type_=sa.String(length=40), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table('quarantined_code', schema=None) as batch_op:
        batch_op.alter_column('code', existing_type=sa.String(length=40), type_=sa.String(length=20), existing_nullable=False)
    op.drop_table('permission_item')
    op.drop_table('permission_catalogue')
