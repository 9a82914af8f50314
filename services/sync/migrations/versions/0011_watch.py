"""watch: names to search by, samples of portals, the placements that are not as wanted

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

import shared.database.types

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_OPEN = 'observed_generation < generation'
_NAMES = {
    'postgresql': "SELECT DISTINCT ON (record_id) record_id, body::json->>'document_number', body::json->'subject'->>'name', "
    "body::json->'subject'->>'key', body::json->>'region', body::json->'detail'->>'kind' FROM content "
    'ORDER BY record_id, source_generation DESC',
    'sqlite': "SELECT record_id, json_extract(body, '$.document_number'), json_extract(body, '$.subject.name'), "
    "json_extract(body, '$.subject.key'), json_extract(body, '$.region'), json_extract(body, '$.detail.kind') FROM content "
    'WHERE (record_id, source_generation, audience) IN (SELECT record_id, max(source_generation), max(audience) FROM content GROUP BY record_id)',
}


def upgrade() -> None:
    op.create_table('register_entry',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('document_number', sa.String(length=64), nullable=False),
    sa.Column('subject_name', sa.String(length=200), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('region', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_register_entry'))
    )
    op.create_index('ix_register_entry_subject', 'register_entry', ['subject_key'], unique=False)
    op.create_index('ix_register_entry_document', 'register_entry', ['document_number'], unique=False)
    op.create_table('portal_sample',
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('sampled_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('not_as_wanted', sa.Integer(), nullable=False),
    sa.Column('for_people', sa.Integer(), nullable=False),
    sa.Column('drifts', sa.Integer(), nullable=False),
    sa.Column('oldest_seconds', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('portal', 'sampled_at', name=op.f('pk_portal_sample'))
    )
    op.create_index('ix_placement_open', 'placement', ['portal', 'take_down', 'due_at'], unique=False, postgresql_where=sa.text(_OPEN), sqlite_where=sa.text(_OPEN))
    op.create_index('ix_push_attempt_newest', 'push_attempt', ['portal', 'attempted_at'], unique=False)
    op.execute('INSERT INTO register_entry (record_id, document_number, subject_name, subject_key, region, kind) ' + _NAMES[op.get_bind().dialect.name])
