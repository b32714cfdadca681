"""maintainers, duty roster, calls

Revision ID: 0017
Revises: 0016
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('duty_calls',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('phone_sealed', sa.String(length=512), nullable=True),
    sa.Column('phone_masked', sa.String(length=30), nullable=False),
    sa.Column('phone_index', sa.String(length=64), nullable=True),
    sa.Column('caller', sa.String(length=64), nullable=False),
    sa.Column('started_at', core_db.Moment(), nullable=False),
    sa.Column('answered_at', core_db.Moment(), nullable=True),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.Column('answered_by', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('called_back_at', core_db.Moment(), nullable=True),
    sa.Column('called_back_by', sa.String(length=64), nullable=False),
    sa.Column('note', core_db.LongText, nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('logged_at', core_db.Moment(), nullable=False),
    sa.Column('logged_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_duty_calls_contract_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_duty_calls_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_calls')),
    sa.UniqueConstraint('contract_id', 'external_id', name=op.f('uq_duty_calls_contract_id_external_id')),
    sa.UniqueConstraint('number', name=op.f('uq_duty_calls_number'))
    )
    with op.batch_alter_table('duty_calls', schema=None) as batch_op:
        batch_op.create_index('ix_duty_calls_contract', ['contract_id', 'started_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_calls_phone_index'), ['phone_index'], unique=False)
        batch_op.create_index('ix_duty_calls_state', ['state', 'started_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_calls_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('duty_gap_warnings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', core_db.Moment(), nullable=False),
    sa.Column('ends_at', core_db.Moment(), nullable=False),
    sa.Column('found_at', core_db.Moment(), nullable=False),
    sa.Column('closed_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_duty_gap_warnings_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_gap_warnings')),
    sa.UniqueConstraint('contract_id', 'starts_at', name=op.f('uq_duty_gap_warnings_contract_id_starts_at'))
    )
    op.create_table('duty_lines',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('hotline', sa.String(length=40), nullable=False),
    sa.Column('owed', sa.Boolean(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.Column('changed_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_duty_lines_contract_id')),
    sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_duty_lines'))
    )
    op.create_table('duty_shifts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('phone_sealed', sa.String(length=512), nullable=True),
    sa.Column('phone_masked', sa.String(length=30), nullable=False),
    sa.Column('starts_at', core_db.Moment(), nullable=False),
    sa.Column('ends_at', core_db.Moment(), nullable=False),
    sa.Column('backup', sa.Boolean(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('cancelled_at', core_db.Moment(), nullable=True),
    sa.Column('cancel_reason', sa.String(length=200), nullable=False),
    sa.Column('handover', core_db.LongText, nullable=False),
    sa.Column('handed_over_at', core_db.Moment(), nullable=True),
    sa.Column('handed_over_by_name', sa.String(length=64), nullable=False),
    sa.Column('taken_over_at', core_db.Moment(), nullable=True),
    sa.Column('taken_over_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_duty_shifts_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_shifts'))
    )
    with op.batch_alter_table('duty_shifts', schema=None) as batch_op:
        batch_op.create_index('ix_duty_shifts_contract', ['contract_id', 'starts_at', 'ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_shifts_officer_id'), ['officer_id'], unique=False)

    op.create_table('staff_documents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('uploaded_at', core_db.Moment(), nullable=False),
    sa.Column('uploaded_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_staff_documents_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_documents')),
    sa.UniqueConstraint('stored_key', name=op.f('uq_staff_documents_stored_key'))
    )
    with op.batch_alter_table('staff_documents', schema=None) as batch_op:
        batch_op.create_index('ix_staff_documents_subject', ['subject_kind', 'subject_id'], unique=False)

    op.create_table('staff_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_staff_events_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_events'))
    )
    with op.batch_alter_table('staff_events', schema=None) as batch_op:
        batch_op.create_index('ix_staff_events_subject', ['subject_kind', 'subject_id'], unique=False)

    op.create_table('staff_maintainers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=80), nullable=False),
    sa.Column('experience_from', sa.Date(), nullable=False),
    sa.Column('experience', core_db.LongText, nullable=False),
    sa.Column('experience_years', sa.Integer(), nullable=False),
    sa.Column('required_years', sa.Integer(), nullable=True),
    sa.Column('subcontract_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('review', sa.String(length=32), nullable=False),
    sa.Column('review_remark', sa.String(length=500), nullable=False),
    sa.Column('reviewed_at', core_db.Moment(), nullable=True),
    sa.Column('reviewed_by_name', sa.String(length=64), nullable=False),
    sa.Column('assigned_at', core_db.Moment(), nullable=False),
    sa.Column('assigned_by_id', sa.Uuid(), nullable=True),
    sa.Column('assigned_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_staff_maintainers_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_maintainers'))
    )
    with op.batch_alter_table('staff_maintainers', schema=None) as batch_op:
        batch_op.create_index('ix_staff_maintainers_contract', ['contract_id', 'valid_from'], unique=False)
        batch_op.create_index(batch_op.f('ix_staff_maintainers_officer_id'), ['officer_id'], unique=False)

    op.create_table('staff_subcontracts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('party', sa.String(length=120), nullable=False),
    sa.Column('scope', core_db.LongText, nullable=False),
    sa.Column('reason', core_db.LongText, nullable=False),
    sa.Column('touches_data', sa.Boolean(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('consented_on', sa.Date(), nullable=True),
    sa.Column('decided_at', core_db.Moment(), nullable=True),
    sa.Column('decided_by_name', sa.String(length=64), nullable=False),
    sa.Column('remark', sa.String(length=500), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_staff_subcontracts_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_subcontracts')),
    sa.UniqueConstraint('number', name=op.f('uq_staff_subcontracts_number'))
    )
    with op.batch_alter_table('staff_subcontracts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_subcontracts_contract_id'), ['contract_id'], unique=False)

    op.create_table('staff_off_boardings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('maintainer_id', sa.Uuid(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('access_ended_at', core_db.Moment(), nullable=True),
    sa.Column('access_note', sa.String(length=200), nullable=False),
    sa.Column('finished_at', core_db.Moment(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_staff_off_boardings_contract_id')),
    sa.ForeignKeyConstraint(['maintainer_id'], ['staff_maintainers.id'], name=op.f('fk_staff_off_boardings_maintainer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_off_boardings')),
    sa.UniqueConstraint('maintainer_id', name=op.f('uq_staff_off_boardings_maintainer_id'))
    )
    with op.batch_alter_table('staff_off_boardings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_off_boardings_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_staff_off_boardings_open', ['access_ended_at', 'last_on'], unique=False)

    op.create_table('staff_replacements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('maintainer_id', sa.Uuid(), nullable=False),
    sa.Column('substitute_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('note', core_db.LongText, nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('notice_by', sa.Date(), nullable=True),
    sa.Column('comparison', core_db.LongText, nullable=False),
    sa.Column('breaches', core_db.Json(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('ability', sa.String(length=32), nullable=False),
    sa.Column('judge_remark', sa.String(length=500), nullable=False),
    sa.Column('judged_at', core_db.Moment(), nullable=True),
    sa.Column('judged_by_name', sa.String(length=64), nullable=False),
    sa.Column('effected_at', core_db.Moment(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_staff_replacements_contract_id')),
    sa.ForeignKeyConstraint(['maintainer_id'], ['staff_maintainers.id'], name=op.f('fk_staff_replacements_maintainer_id')),
    sa.ForeignKeyConstraint(['substitute_id'], ['staff_maintainers.id'], name=op.f('fk_staff_replacements_substitute_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_replacements')),
    sa.UniqueConstraint('number', name=op.f('uq_staff_replacements_number'))
    )
    with op.batch_alter_table('staff_replacements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_replacements_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_staff_replacements_maintainer_id'), ['maintainer_id'], unique=False)
        batch_op.create_index('ix_staff_replacements_state', ['state', 'effective_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_staff_replacements_substitute_id'), ['substitute_id'], unique=False)

    op.create_table('staff_skills',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('maintainer_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['maintainer_id'], ['staff_maintainers.id'], name=op.f('fk_staff_skills_maintainer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_skills')),
    sa.UniqueConstraint('maintainer_id', 'name', name=op.f('uq_staff_skills_maintainer_id_name'))
    )
    op.create_table('staff_off_boarding_items',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('off_boarding_id', sa.Uuid(), nullable=False),
    sa.Column('item', sa.String(length=32), nullable=False),
    sa.Column('disposition', sa.String(length=32), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('settled_at', core_db.Moment(), nullable=True),
    sa.Column('settled_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['off_boarding_id'], ['staff_off_boardings.id'], name=op.f('fk_staff_off_boarding_items_off_boarding_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_off_boarding_items')),
    sa.UniqueConstraint('off_boarding_id', 'item', name=op.f('uq_staff_off_boarding_items_off_boarding_id_item'))
    )


def downgrade() -> None:
    op.drop_table('staff_off_boarding_items')
    op.drop_table('staff_skills')
    op.drop_table('staff_replacements')
    op.drop_table('staff_off_boardings')
    op.drop_table('staff_subcontracts')
    op.drop_table('staff_maintainers')
    op.drop_table('staff_events')
    op.drop_table('staff_documents')
    op.drop_table('duty_shifts')
    op.drop_table('duty_lines')
    op.drop_table('duty_gap_warnings')
    op.drop_table('duty_calls')
