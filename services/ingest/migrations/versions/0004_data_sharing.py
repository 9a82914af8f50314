"""data sharing

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
    op.create_table('data_share',
    sa.Column('batch_id', sa.String(length=32), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('received', sa.Integer(), nullable=False),
    sa.Column('admitted', sa.Integer(), nullable=False),
    sa.Column('amended', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('quarantined', sa.Integer(), nullable=False),
    sa.Column('voided', sa.Integer(), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('received_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('batch_id', 'authority_code', name=op.f('pk_data_share'))
    )
    with op.batch_alter_table('data_share', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_data_share_on_day_source_authority_code_kind'), ['on_day', 'source', 'authority_code', 'kind'], unique=False)

    op.create_table('data_sharing_anomaly',
    sa.Column('anomaly_id', sa.String(length=32), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('opened_by', sa.String(length=120), nullable=False),
    sa.Column('opened_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('resolved_by', sa.String(length=120), nullable=True),
    sa.Column('resolution', sa.Text(), nullable=True),
    sa.Column('resolved_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('anomaly_id', name=op.f('pk_data_sharing_anomaly'))
    )
    with op.batch_alter_table('data_sharing_anomaly', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_data_sharing_anomaly_on_day'), ['on_day'], unique=False)
        batch_op.create_index(batch_op.f('ix_data_sharing_anomaly_state_anomaly_id'), ['state', 'anomaly_id'], unique=False)

    op.create_table('data_sharing_sign_off',
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('signed_by', sa.String(length=120), nullable=False),
    sa.Column('role', sa.String(length=100), nullable=False),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('figures', sa.Text(), nullable=False),
    sa.Column('signed_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('on_day', name=op.f('pk_data_sharing_sign_off'))
    )
    op.create_table('data_source',
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('first_received_on', sa.Date(), nullable=False),
    sa.Column('last_received_on', sa.Date(), nullable=False),
    sa.Column('last_received_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('expected_working_days', sa.Integer(), nullable=True),
    sa.Column('set_by', sa.String(length=120), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('set_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('source', 'kind', name=op.f('pk_data_source'))
    )
    op.create_table('identity_alias',
    sa.Column('aspect', sa.String(length=16), nullable=False),
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('alias', sa.String(length=80), nullable=False),
    sa.Column('canonical', sa.String(length=80), nullable=False),
    sa.Column('proposal_id', sa.String(length=32), nullable=False),
    sa.Column('accepted_by', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('accepted_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('aspect', 'scope', 'alias', name=op.f('pk_identity_alias'))
    )
    with op.batch_alter_table('identity_alias', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_alias_aspect_scope_canonical'), ['aspect', 'scope', 'canonical'], unique=False)

    op.create_table('identity_proposal',
    sa.Column('proposal_id', sa.String(length=32), nullable=False),
    sa.Column('aspect', sa.String(length=16), nullable=False),
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('alias', sa.String(length=80), nullable=False),
    sa.Column('canonical', sa.String(length=80), nullable=False),
    sa.Column('alias_text', sa.String(length=256), nullable=False),
    sa.Column('canonical_text', sa.String(length=256), nullable=False),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('origin', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('proposed_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('decided_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('proposal_id', name=op.f('pk_identity_proposal')),
    sa.UniqueConstraint('aspect', 'scope', 'alias', 'canonical', name=op.f('uq_identity_proposal_aspect_scope_alias_canonical'))
    )
    with op.batch_alter_table('identity_proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_proposal_state_proposal_id'), ['state', 'proposal_id'], unique=False)

    op.create_table('list_comparison',
    sa.Column('comparison_id', sa.String(length=32), nullable=False),
    sa.Column('list_id', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('after_row', sa.Integer(), nullable=False),
    sa.Column('after_record', sa.String(length=32), nullable=False),
    sa.Column('resolved', sa.Integer(), nullable=False),
    sa.Column('compared_by', sa.String(length=120), nullable=False),
    sa.Column('started_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.Column('finished_at', shared.database.types.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('comparison_id', name=op.f('pk_list_comparison'))
    )
    with op.batch_alter_table('list_comparison', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_comparison_list_id'), ['list_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_list_comparison_state'), ['state'], unique=False)

    op.create_table('list_finding',
    sa.Column('comparison_id', sa.String(length=32), nullable=False),
    sa.Column('position', sa.String(length=40), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('row', sa.Integer(), nullable=True),
    sa.Column('record_id', sa.String(length=32), nullable=True),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('document_number', sa.String(length=256), nullable=False),
    sa.Column('region', sa.String(length=12), nullable=False),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('differences', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('comparison_id', 'position', name=op.f('pk_list_finding'))
    )
    with op.batch_alter_table('list_finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_finding_comparison_id_outcome_position'), ['comparison_id', 'outcome', 'position'], unique=False)
        batch_op.create_index(batch_op.f('ix_list_finding_comparison_id_record_id'), ['comparison_id', 'record_id'], unique=False)

    op.create_table('provincial_entry',
    sa.Column('list_id', sa.String(length=32), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('subject_key', sa.String(length=80), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('is_person', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('document_number', sa.String(length=256), nullable=False),
    sa.Column('document_key', sa.String(length=64), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('authority_name', sa.String(length=200), nullable=False),
    sa.Column('penalty_types', sa.String(length=200), nullable=False),
    sa.Column('fine', sa.String(length=30), nullable=False),
    sa.Column('region', sa.String(length=12), nullable=False),
    sa.PrimaryKeyConstraint('list_id', 'row', name=op.f('pk_provincial_entry'))
    )
    with op.batch_alter_table('provincial_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provincial_entry_list_id_subject_key_document_key'), ['list_id', 'subject_key', 'document_key'], unique=False)

    op.create_table('provincial_list',
    sa.Column('list_id', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('period_from', sa.Date(), nullable=False),
    sa.Column('period_to', sa.Date(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('file_digest', sa.String(length=32), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('refusals', sa.Text(), nullable=False),
    sa.Column('imported_by', sa.String(length=120), nullable=False),
    sa.Column('imported_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('list_id', name=op.f('pk_provincial_list')),
    sa.UniqueConstraint('source', 'file_digest', name=op.f('uq_provincial_list_source_file_digest')),
    sa.UniqueConstraint('source', 'version', name=op.f('uq_provincial_list_source_version'))
    )
    op.create_table('registered_subject',
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('proof_reference', sa.String(length=200), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('changed_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('uscc', name=op.f('pk_registered_subject'))
    )
    op.create_table('subject_former',
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('proof_reference', sa.String(length=200), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('noted_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('uscc', 'kind', 'value', name=op.f('pk_subject_former'))
    )
    with op.batch_alter_table('subject_former', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subject_former_value_kind'), ['value', 'kind'], unique=False)

    op.create_table('subject_status_notice',
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('proof_reference', sa.String(length=200), nullable=False),
    sa.Column('client', sa.String(length=120), nullable=False),
    sa.Column('noted_at', shared.database.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('uscc', 'as_of', 'status', name=op.f('pk_subject_status_notice'))
    )
    # The history begins with what is known now.
    op.execute(
        "INSERT INTO subject_status_notice (uscc, as_of, status, proof_reference, client, noted_at) "
        "SELECT uscc, as_of, status, proof_reference, client, changed_at FROM subject_status"
    )


def downgrade() -> None:
    op.drop_table('subject_status_notice')
    with op.batch_alter_table('subject_former', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subject_former_value_kind'))

    op.drop_table('subject_former')
    op.drop_table('registered_subject')
    op.drop_table('provincial_list')
    with op.batch_alter_table('provincial_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provincial_entry_list_id_subject_key_document_key'))

    op.drop_table('provincial_entry')
    with op.batch_alter_table('list_finding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_list_finding_comparison_id_record_id'))
        batch_op.drop_index(batch_op.f('ix_list_finding_comparison_id_outcome_position'))

    op.drop_table('list_finding')
    with op.batch_alter_table('list_comparison', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_list_comparison_state'))
        batch_op.drop_index(batch_op.f('ix_list_comparison_list_id'))

    op.drop_table('list_comparison')
    with op.batch_alter_table('identity_proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_proposal_state_proposal_id'))

    op.drop_table('identity_proposal')
    with op.batch_alter_table('identity_alias', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_alias_aspect_scope_canonical'))

    op.drop_table('identity_alias')
    op.drop_table('data_source')
    op.drop_table('data_sharing_sign_off')
    with op.batch_alter_table('data_sharing_anomaly', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_data_sharing_anomaly_state_anomaly_id'))
        batch_op.drop_index(batch_op.f('ix_data_sharing_anomaly_on_day'))

    op.drop_table('data_sharing_anomaly')
    with op.batch_alter_table('data_share', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_data_share_on_day_source_authority_code_kind'))

    op.drop_table('data_share')
