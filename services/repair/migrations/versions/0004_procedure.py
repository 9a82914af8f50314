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
    op.create_table('application_record',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('rule_id', sa.String(length=120), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('barred_until', sa.Date(), nullable=True),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('application_id', 'record_id', name=op.f('pk_application_record'))
    )
    with op.batch_alter_table('application_record', schema=None) as batch_op:
        batch_op.create_index('uq_application_record_open', ['record_id'], unique=True, postgresql_where=sa.text('is_open'), sqlite_where=sa.text('is_open'))
        batch_op.create_index(batch_op.f('ix_application_record_record_id'), ['record_id'], unique=False)

    op.create_table('application_step',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('action', sa.String(length=20), nullable=False),
    sa.Column('from_state', sa.String(length=20), nullable=True),
    sa.Column('to_state', sa.String(length=20), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('taken_on', sa.Date(), nullable=False),
    sa.Column('taken_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('application_id', 'version', name=op.f('pk_application_step'))
    )
    op.create_table('application_clock',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('clock', sa.String(length=20), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('stopped_on', sa.Date(), nullable=True),
    sa.Column('resumed_on', sa.Date(), nullable=True),
    sa.Column('due_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('due_deadline', sa.String(length=20), nullable=True),
    sa.Column('due_from', sa.Date(), nullable=True),
    sa.Column('due_provisional', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('ended_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('kept', sa.Boolean(), nullable=True),
    sa.Column('warned_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('missed_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('application_id', 'clock', name=op.f('pk_application_clock'))
    )
    with op.batch_alter_table('application_clock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_clock_ended_at_due_at'), ['ended_at', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_clock_due_from_due_deadline'), ['due_from', 'due_deadline'], unique=False, postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))

    op.create_table('regrading',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('region', sa.String(length=12), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('done_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('done_by', sa.String(length=120), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('application_id', name=op.f('pk_regrading'))
    )
    with op.batch_alter_table('regrading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_regrading_done_at_due_on'), ['done_at', 'due_on'], unique=False)

    op.create_table('presence',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('since', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('observed_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('asked', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'portal', name=op.f('pk_presence'))
    )
    op.create_table('measure',
    sa.Column('measure_id', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('party', sa.String(length=200), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('began_on', sa.Date(), nullable=False),
    sa.Column('noted_by', sa.String(length=120), nullable=False),
    sa.Column('noted_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('ended_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('ended_because', sa.String(length=20), nullable=True),
    sa.Column('ended_by', sa.String(length=32), nullable=True),
    sa.Column('told_by', sa.String(length=120), nullable=True),
    sa.Column('told_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.Column('told_how', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('measure_id', name=op.f('pk_measure'))
    )
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measure_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_measure_ended_at_told_at'), ['ended_at', 'told_at'], unique=False)

    with op.batch_alter_table('shown_record', schema=None) as batch_op:
        batch_op.add_column(sa.Column('region', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('uscc', sa.String(length=18), nullable=True))

    _widen_application()
    _carry_cases_over()
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_due_from_due_deadline'), postgresql_where=sa.text('due_provisional'), sqlite_where=sa.text('due_provisional'))
        batch_op.drop_index(batch_op.f('ix_application_record_id'))
        for name in ('record_id', 'due_at', 'due_deadline', 'due_from', 'due_provisional'):
            batch_op.drop_column(name)
        for name in ('tracking_number', 'version', 'state_since', 'subject_key', 'region', 'generation', 'two_people', 'on_behalf', 'filed_on'):
            batch_op.alter_column(name, existing_type=_TYPES[name], nullable=False)
        batch_op.create_index(batch_op.f('ix_application_tracking_number'), ['tracking_number'], unique=True)
        batch_op.create_index(batch_op.f('ix_application_state_application_id'), ['state', 'application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_subject_key'), ['subject_key'], unique=False)


_TYPES = {
    'tracking_number': sa.String(length=20),
    'version': sa.Integer(),
    'state_since': shared.database.types.Instant(timezone=True),
    'resumes': sa.String(length=20),
    'subject_key': sa.String(length=80),
    'uscc': sa.String(length=18),
    'region': sa.String(length=12),
    'generation': sa.String(length=40),
    'severity': sa.String(length=12),
    'two_people': sa.Boolean(),
    'on_behalf': sa.Boolean(),
    'filed_on': sa.Date(),
    'accepted_on': sa.Date(),
    'supplement_requested_on': sa.Date(),
    'supplement_until': sa.Date(),
    'supplemented_on': sa.Date(),
    'first_reviewer': sa.String(length=120),
    'served_on': sa.Date(),
    'effective_on': sa.Date(),
}


def _widen_application() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.alter_column('state', existing_type=sa.String(length=12), type_=sa.String(length=20), existing_nullable=False)
        for name, type_ in _TYPES.items():
            batch_op.add_column(sa.Column(name, type_, nullable=True))


def _carry_cases_over() -> None:
    """Cases of before: decided in one step, with the clock that ran. Their subject was not kept."""
    sqlite = op.get_bind().dialect.name == 'sqlite'
    day = "date({}, '+8 hours')" if sqlite else "date({} AT TIME ZONE 'Asia/Shanghai')"
    op.execute(sa.text(
        "INSERT INTO application_record (application_id, record_id, outcome, is_open) SELECT application_id, record_id, "
        "CASE WHEN state IN ('approved', 'closed') THEN 'approved' WHEN state = 'refused' THEN 'refused' ELSE 'pending' END, "
        "state IN ('submitted', 'approved') FROM application"
    ))
    op.execute(sa.text(
        "INSERT INTO application_clock (application_id, clock, started_on, due_at, due_deadline, due_from, due_provisional) "
        "SELECT application_id, due_deadline, due_from, due_at, due_deadline, due_from, due_provisional FROM application "
        "WHERE due_deadline IS NOT NULL AND state IN ('submitted', 'approved')"
    ))
    op.execute(sa.text(
        "INSERT INTO application_step (application_id, version, action, from_state, to_state, actor, reason, taken_on, taken_at, detail) "
        f"SELECT application_id, 1, 'file', NULL, 'submitted', filed_by, '', {day.format('filed_at')}, filed_at, '{{}}' FROM application"
    ))
    op.execute(sa.text(
        "UPDATE application SET tracking_number = upper(substr(application_id, 17, 16)), version = 1, state_since = "
        "coalesce(closed_at, decided_at, filed_at), subject_key = '', region = '', generation = 'ndrc-36-2026', "
        "two_people = false, on_behalf = true, "
        f"filed_on = {day.format('filed_at')}, served_on = {day.format('decided_at')}"
    ))
