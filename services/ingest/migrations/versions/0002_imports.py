"""imports

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('import_job',
    sa.Column('import_id', sa.String(length=32), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('authorities', sa.Text(), nullable=True),
    sa.Column('origin', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('received_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('rows_done', sa.Integer(), nullable=False),
    sa.Column('counts', sa.Text(), nullable=False),
    sa.Column('fraction', sa.Float(), nullable=False),
    sa.Column('busy_seconds', sa.Float(), nullable=False),
    sa.Column('file_format', sa.String(length=16), nullable=True),
    sa.Column('encoding', sa.String(length=32), nullable=True),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('lease_id', sa.String(length=32), nullable=True),
    sa.Column('leased_until', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('created_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('touched_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('finished_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('import_id', name=op.f('pk_import_job'))
    )
    with op.batch_alter_table('import_job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_job_client_import_id'), ['client', 'import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_job_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_job_state_import_id'), ['state', 'import_id'], unique=False)

    op.create_table('import_slice',
    sa.Column('import_id', sa.String(length=32), nullable=False),
    sa.Column('first_row', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.String(length=32), nullable=False),
    sa.Column('places', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('import_id', 'first_row', name=op.f('pk_import_slice'))
    )
    with op.batch_alter_table('import_slice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_slice_batch_id'), ['batch_id'], unique=True)

    op.create_table('pull_mark',
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('mark', sa.Text(), nullable=False),
    sa.Column('trail', sa.Text(), nullable=False),
    sa.Column('round_open', sa.Boolean(), nullable=False),
    sa.Column('rows_done', sa.BigInteger(), nullable=False),
    sa.Column('pages_done', sa.BigInteger(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failure', sa.Text(), nullable=True),
    sa.Column('read_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('next_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('lease_id', sa.String(length=32), nullable=True),
    sa.Column('leased_until', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('source', 'kind', name=op.f('pk_pull_mark'))
    )


def downgrade() -> None:
    op.drop_table('pull_mark')
    with op.batch_alter_table('import_slice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_slice_batch_id'))

    op.drop_table('import_slice')
    with op.batch_alter_table('import_job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_job_state_import_id'))
        batch_op.drop_index(batch_op.f('ix_import_job_sha256'))
        batch_op.drop_index(batch_op.f('ix_import_job_client_import_id'))

    op.drop_table('import_job')
    # ### end Alembic commands ###
