"""kinds

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types
from shared.ids import new_id

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('record', schema=None) as batch_op:
        batch_op.add_column(sa.Column('client', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('data_version', sa.Integer(), nullable=True))

    op.create_table('withdrawal',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('statement_of_reasons', sa.Text(), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=False),
    sa.Column('noted_by', sa.String(length=120), nullable=False),
    sa.Column('noted_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'generation', name=op.f('pk_withdrawal'))
    )
    with op.batch_alter_table('withdrawal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_withdrawal_withdrawn_on'), ['withdrawn_on'], unique=False)

    op.create_table('authoritative_source',
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('others', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.String(length=120), nullable=False),
    sa.Column('set_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'authority_code', 'client', name=op.f('pk_authoritative_source'))
    )
    op.create_table('quarantined_code',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('quarantine_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('code', 'quarantine_id', name=op.f('pk_quarantined_code'))
    )
    with op.batch_alter_table('quarantined_row', schema=None) as batch_op:
        batch_op.add_column(sa.Column('quarantine_id', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('authority_code', sa.String(length=18), nullable=True))
        batch_op.add_column(sa.Column('state', sa.String(length=12), server_default='waiting', nullable=False))
        batch_op.add_column(sa.Column('corrects', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('decided_by', sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column('decided_at', shared.database.types.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('record_id', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('successor_id', sa.String(length=32), nullable=True))

    _name_waiting_rows()
    with op.batch_alter_table('quarantined_row', schema=None) as batch_op:
        batch_op.alter_column('quarantine_id', existing_type=sa.String(length=32), nullable=False)
        batch_op.create_index(batch_op.f('ix_quarantined_row_quarantine_id'), ['quarantine_id'], unique=True)
        batch_op.create_index(
            batch_op.f('ix_quarantined_row_state_quarantine_id'), ['state', 'quarantine_id'], unique=False
        )


def _name_waiting_rows() -> None:
    """Rows that were put aside before they had a name of their own get one, and the codes that stopped them."""
    row = sa.table('quarantined_row', *map(sa.column, ('batch_id', 'row', 'quarantine_id', 'findings')))
    code = sa.table('quarantined_code', sa.column('code'), sa.column('quarantine_id'))
    findings = sa.type_coerce(row.c.findings, sa.JSON)
    waiting = op.get_bind().execute(sa.select(row.c.batch_id, row.c.row, findings)).all()
    named = [(new_id(), one.batch_id, one.row, one.findings) for one in sorted(waiting, key=lambda one: one[:2])]
    codes = [
        {'code': name, 'quarantine_id': quarantine_id}
        for quarantine_id, _, _, found in named
        for name in sorted({finding['code'] for finding in found if finding['weight'] == 'quarantine'})
    ]
    if named:
        statement = sa.update(row).where(
            row.c.batch_id == sa.bindparam('of_batch'), row.c.row == sa.bindparam('of_row')
        )
        op.get_bind().execute(
            statement.values(quarantine_id=sa.bindparam('name')),
            [{'of_batch': batch, 'of_row': number, 'name': name} for name, batch, number, _ in named],
        )
    if codes:
        op.get_bind().execute(sa.insert(code), codes)


def downgrade() -> None:
    with op.batch_alter_table('quarantined_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quarantined_row_state_quarantine_id'))
        batch_op.drop_index(batch_op.f('ix_quarantined_row_quarantine_id'))
        for name in (
            'successor_id', 'record_id', 'reason', 'decided_at', 'decided_by', 'corrects', 'state', 'authority_code',
            'quarantine_id',
        ):
            batch_op.drop_column(name)

    op.drop_table('quarantined_code')
    op.drop_table('authoritative_source')
    with op.batch_alter_table('withdrawal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_withdrawal_withdrawn_on'))

    op.drop_table('withdrawal')
    with op.batch_alter_table('record', schema=None) as batch_op:
        batch_op.drop_column('data_version')
        batch_op.drop_column('client')
