"""sweep

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('publication_provenance',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('provenance', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('record_id', 'audience', name=op.f('pk_publication_provenance'))
    )
    op.execute(
        'INSERT INTO publication_provenance (record_id, audience, provenance, basis)'
        ' SELECT record_id, audience, provenance, basis FROM publication'
    )
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_column('basis')
        batch_op.drop_column('provenance')

    if op.get_bind().dialect.name == 'postgresql':
        op.drop_index('ix_publication_state_offline_on', table_name='publication')
        op.create_index('ix_publication_state_offline_on', 'publication', ['state', 'offline_on'], unique=False, postgresql_where=sa.text("state <> 'offline'"))


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_index('ix_publication_state_offline_on', table_name='publication', postgresql_where=sa.text("state <> 'offline'"))
        op.create_index('ix_publication_state_offline_on', 'publication', ['state', 'offline_on'], unique=False)

    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provenance', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('basis', sa.Text(), nullable=True))
    for column in ('provenance', 'basis'):
        op.execute(
            f'UPDATE publication SET {column} = (SELECT {column} FROM publication_provenance AS origin'
            ' WHERE origin.record_id = publication.record_id AND origin.audience = publication.audience)'
        )
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.alter_column('provenance', existing_type=sa.Text(), nullable=False)
    op.drop_table('publication_provenance')
