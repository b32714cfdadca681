"""feedback sheets and requirements

Revision ID: 0020
Revises: 0019
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('referral_applications',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_number', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('item_code', sa.String(length=64), nullable=False),
    sa.Column('provider', sa.String(length=100), nullable=False),
    sa.Column('applicant_unit', sa.String(length=100), nullable=False),
    sa.Column('purpose', core_db.LongText, nullable=False),
    sa.Column('extent', core_db.LongText, nullable=False),
    sa.Column('submitted_on', sa.Date(), nullable=True),
    sa.Column('submitted_to', sa.String(length=100), nullable=False),
    sa.Column('approved_on', sa.Date(), nullable=True),
    sa.Column('approved_by', sa.String(length=100), nullable=False),
    sa.Column('refused_on', sa.Date(), nullable=True),
    sa.Column('refusal', sa.String(length=200), nullable=False),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('delivery', sa.String(length=200), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_applications')),
    sa.UniqueConstraint('number', name=op.f('uq_referral_applications_number'))
    )
    with op.batch_alter_table('referral_applications', schema=None) as batch_op:
        batch_op.create_index('ix_referral_applications_contract', ['contract_id', 'state'], unique=False)

    op.create_table('referral_databases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('product', sa.String(length=64), nullable=False),
    sa.Column('zone', sa.String(length=100), nullable=False),
    sa.Column('address', sa.String(length=100), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('keeper', sa.String(length=100), nullable=False),
    sa.Column('note', core_db.LongText, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_databases')),
    sa.UniqueConstraint('contract_id', 'name', name=op.f('uq_referral_databases_contract_id_name'))
    )
    op.create_table('referral_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('recorded_at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_events'))
    )
    with op.batch_alter_table('referral_events', schema=None) as batch_op:
        batch_op.create_index('ix_referral_events_subject', ['subject_id', 'recorded_at'], unique=False)

    op.create_table('referral_sheets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_number', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('system', sa.String(length=100), nullable=False),
    sa.Column('module', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('urgency', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('reporter_unit', sa.String(length=100), nullable=False),
    sa.Column('reporter_name', sa.String(length=64), nullable=False),
    sa.Column('reporter_phone', sa.String(length=512), nullable=True),
    sa.Column('found_at', core_db.Moment(), nullable=False),
    sa.Column('steps', core_db.LongText, nullable=False),
    sa.Column('expected', core_db.LongText, nullable=False),
    sa.Column('actual', core_db.LongText, nullable=False),
    sa.Column('first_judgement', core_db.LongText, nullable=False),
    sa.Column('sent_to', sa.String(length=100), nullable=False),
    sa.Column('sent_at', core_db.Moment(), nullable=True),
    sa.Column('returned_at', core_db.Moment(), nullable=True),
    sa.Column('verdict', sa.String(length=32), nullable=True),
    sa.Column('analysis', core_db.LongText, nullable=False),
    sa.Column('handling', sa.String(length=32), nullable=True),
    sa.Column('planned_on', sa.Date(), nullable=True),
    sa.Column('external_number', sa.String(length=64), nullable=False),
    sa.Column('external_state', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('result', core_db.LongText, nullable=False),
    sa.Column('settled_at', core_db.Moment(), nullable=True),
    sa.Column('visited_at', core_db.Moment(), nullable=True),
    sa.Column('satisfied', sa.Boolean(), nullable=True),
    sa.Column('visit_note', sa.String(length=200), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_sheets')),
    sa.UniqueConstraint('number', name=op.f('uq_referral_sheets_number'))
    )
    with op.batch_alter_table('referral_sheets', schema=None) as batch_op:
        batch_op.create_index('ix_referral_sheets_contract', ['contract_id', 'state', 'found_at'], unique=False)
        batch_op.create_index('ix_referral_sheets_ticket', ['ticket_id'], unique=False)

    op.create_table('referral_liaisons',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=True),
    sa.Column('database_id', sa.Uuid(), nullable=True),
    sa.Column('corrects_id', sa.Uuid(), nullable=True),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('medium', sa.String(length=32), nullable=False),
    sa.Column('with_unit', sa.String(length=100), nullable=False),
    sa.Column('with_name', sa.String(length=64), nullable=False),
    sa.Column('topic', sa.String(length=120), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('result', core_db.LongText, nullable=False),
    sa.Column('follow_up', sa.String(length=200), nullable=False),
    sa.Column('follow_up_on', sa.Date(), nullable=True),
    sa.Column('followed_at', core_db.Moment(), nullable=True),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['referral_applications.id'], name=op.f('fk_referral_liaisons_application_id')),
    sa.ForeignKeyConstraint(['corrects_id'], ['referral_liaisons.id'], name=op.f('fk_referral_liaisons_corrects_id')),
    sa.ForeignKeyConstraint(['database_id'], ['referral_databases.id'], name=op.f('fk_referral_liaisons_database_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_liaisons')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_referral_liaisons_corrects_id')),
    sa.UniqueConstraint('number', name=op.f('uq_referral_liaisons_number'))
    )
    with op.batch_alter_table('referral_liaisons', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_referral_liaisons_application_id'), ['application_id'], unique=False)
        batch_op.create_index('ix_referral_liaisons_contract', ['contract_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_referral_liaisons_database_id'), ['database_id'], unique=False)

    op.create_table('referral_papers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sheet_id', sa.Uuid(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('added_by_name', sa.String(length=64), nullable=False),
    sa.Column('added_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['sheet_id'], ['referral_sheets.id'], name=op.f('fk_referral_papers_sheet_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_papers'))
    )
    with op.batch_alter_table('referral_papers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_referral_papers_sheet_id'), ['sheet_id'], unique=False)

    op.create_table('referral_requirements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_number', sa.String(length=24), nullable=False),
    sa.Column('sheet_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('system', sa.String(length=100), nullable=False),
    sa.Column('module', sa.String(length=100), nullable=False),
    sa.Column('urgency', sa.String(length=32), nullable=False),
    sa.Column('proposer_unit', sa.String(length=100), nullable=False),
    sa.Column('proposer_name', sa.String(length=64), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('reason', core_db.LongText, nullable=False),
    sa.Column('submitted_at', core_db.Moment(), nullable=False),
    sa.Column('forwarded_at', core_db.Moment(), nullable=True),
    sa.Column('forwarded_to', sa.String(length=100), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=True),
    sa.Column('external_number', sa.String(length=64), nullable=False),
    sa.Column('external_state', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('result', core_db.LongText, nullable=False),
    sa.Column('settled_at', core_db.Moment(), nullable=True),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['sheet_id'], ['referral_sheets.id'], name=op.f('fk_referral_requirements_sheet_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_requirements')),
    sa.UniqueConstraint('number', name=op.f('uq_referral_requirements_number'))
    )
    with op.batch_alter_table('referral_requirements', schema=None) as batch_op:
        batch_op.create_index('ix_referral_requirements_contract', ['contract_id', 'state', 'submitted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_referral_requirements_sheet_id'), ['sheet_id'], unique=False)
        batch_op.create_index('ix_referral_requirements_ticket', ['ticket_id'], unique=False)


def downgrade() -> None:
    op.drop_table('referral_requirements')
    op.drop_table('referral_papers')
    op.drop_table('referral_liaisons')
    op.drop_table('referral_sheets')
    op.drop_table('referral_events')
    op.drop_table('referral_databases')
    op.drop_table('referral_applications')
