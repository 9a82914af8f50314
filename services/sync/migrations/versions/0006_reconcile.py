"""reconcile: scopes, plans, approvals, evidence, digests by bucket

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types
from shared.database.mechanics import Identity

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_INSTANT = shared.database.types.Instant(timezone=True)
_OPEN = "state IN ('proposed', 'approved')"


def upgrade() -> None:
    _placements()
    _runs()
    _drifts()
    _watermark()
    _approvals()
    _buckets()


def _placements() -> None:
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opens_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('district', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('kind', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('bucket', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('entry_digest', sa.BigInteger(), nullable=True))
    region, kind = "json_extract(body, '$.region')", "json_extract(body, '$.detail.kind')"
    if op.get_bind().dialect.name == 'postgresql':
        region, kind = "CAST(body AS json) ->> 'region'", "CAST(body AS json) -> 'detail' ->> 'kind'"
    its = 'FROM content WHERE content.record_id = placement.record_id AND content.audience = placement.audience'
    op.execute(f'UPDATE placement SET district = (SELECT {region} {its}), kind = (SELECT {kind} {its})')


def _runs() -> None:
    with op.batch_alter_table('reconciliation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('district', sa.String(length=12), server_default='', nullable=False))
        batch_op.add_column(sa.Column('kind', sa.String(length=12), server_default='', nullable=False))
        batch_op.add_column(sa.Column('mode', sa.String(length=8), server_default='mend', nullable=False))
        batch_op.add_column(sa.Column('method', sa.String(length=8), server_default='listing', nullable=False))
        batch_op.add_column(sa.Column('requested_by', sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column('attempt', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('lease_until', _INSTANT, nullable=True))
        batch_op.add_column(sa.Column('settled_before', _INSTANT, nullable=True))
        batch_op.add_column(sa.Column('checkpoint', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('held', sa.Integer(), server_default='0', nullable=False))
    op.execute("UPDATE reconciliation SET state = 'incomplete', finished_at = started_at, "
               "explanation = 'The version changed during the run.' WHERE state = 'scanning'")
    op.execute('DELETE FROM scan_entry')
    with op.batch_alter_table('scan_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('page', sa.Integer(), server_default='0', nullable=False))


def _drifts() -> None:
    with op.batch_alter_table('drift', schema=None) as batch_op:
        batch_op.add_column(sa.Column('generation', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('seen', sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column('found_on', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('wanted_digest', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('seen_digest', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('confirmed', sa.Boolean(), server_default=sa.text('true'), nullable=False))
        batch_op.add_column(sa.Column('held', sa.Boolean(), server_default=sa.text('false'), nullable=False))
        batch_op.add_column(sa.Column('flapping', sa.Boolean(), server_default=sa.text('false'), nullable=False))
        batch_op.create_index(batch_op.f('ix_drift_found_at'), ['found_at'], unique=False)
    op.execute("UPDATE drift SET held = true WHERE mend_ordered_at IS NULL AND mended_at IS NULL "
               "AND kind IN ('ghost', 'missing', 'altered')")
    op.execute("UPDATE reconciliation SET held = (SELECT count(*) FROM drift WHERE drift.run_id = reconciliation.run_id "
               "AND drift.held)")


def _watermark() -> None:
    op.create_table('watermark_of_scope',
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('district', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('verified_through', _INSTANT, nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('portal', 'district', 'kind', name=op.f('pk_watermark_of_scope'))
    )
    op.execute("INSERT INTO watermark_of_scope (portal, district, kind, verified_through, run_id) "
               "SELECT portal, '', '', verified_through, run_id FROM watermark")
    op.drop_table('watermark')
    op.rename_table('watermark_of_scope', 'watermark')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE watermark RENAME CONSTRAINT pk_watermark_of_scope TO pk_watermark')


def _approvals() -> None:
    op.create_table('mending_approval',
    sa.Column('approval_id', sa.String(length=32), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('drifts', sa.Integer(), nullable=False),
    sa.Column('proposed_by', sa.String(length=120), nullable=False),
    sa.Column('proposed_at', _INSTANT, nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('decided_at', _INSTANT, nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.Column('expires_at', _INSTANT, nullable=False),
    sa.Column('position', sa.String(length=32), server_default='', nullable=False),
    sa.Column('lease_until', _INSTANT, nullable=True),
    sa.Column('ordered', sa.Integer(), server_default='0', nullable=False),
    sa.Column('vanished', sa.Integer(), server_default='0', nullable=False),
    sa.Column('unknown', sa.Integer(), server_default='0', nullable=False),
    sa.Column('finished_at', _INSTANT, nullable=True),
    sa.PrimaryKeyConstraint('approval_id', name=op.f('pk_mending_approval'))
    )
    with op.batch_alter_table('mending_approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mending_approval_run_id'), ['run_id'], unique=False)
        batch_op.create_index('uq_mending_approval_open', ['run_id'], unique=True, postgresql_where=sa.text(_OPEN), sqlite_where=sa.text(_OPEN))
        batch_op.create_index('ix_mending_approval_state', ['state'], unique=False)


def _buckets() -> None:
    op.create_table('bucket_digest',
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('bucket', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entries', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('portal', 'bucket', name=op.f('pk_bucket_digest'))
    )
    op.create_table('bucket_change',
    sa.Column('change_id', Identity, autoincrement=True, nullable=False),
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('bucket', sa.Integer(), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('change_id', name=op.f('pk_bucket_change'))
    )
    with op.batch_alter_table('bucket_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bucket_change_portal'), ['portal'], unique=False)
