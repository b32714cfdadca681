"""payments, penalties, rectification

Revision ID: 0016
Revises: 0015
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('payment_milestones',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('milestone', sa.String(length=60), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('calendar_version', sa.Integer(), nullable=False),
    sa.Column('contract_revision', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_payment_milestones_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_milestones')),
    sa.UniqueConstraint('contract_id', 'milestone', name=op.f('uq_payment_milestones_contract_id_milestone'))
    )
    with op.batch_alter_table('payment_milestones', schema=None) as batch_op:
        batch_op.create_index('ix_payment_milestones_due', ['due_on'], unique=False)

    op.create_table('payment_due_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('milestone', sa.String(length=60), nullable=False),
    sa.Column('before_on', sa.Date(), nullable=True),
    sa.Column('after_on', sa.Date(), nullable=True),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_payment_due_changes_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_due_changes'))
    )
    with op.batch_alter_table('payment_due_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_due_changes_contract_id'), ['contract_id'], unique=False)

    op.create_table('payment_applications',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('milestone', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('words', sa.String(length=120), nullable=False),
    sa.Column('paid', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('basis', core_db.LongText, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('open_key', sa.String(length=100), nullable=True),
    sa.Column('payee_name', sa.String(length=120), nullable=False),
    sa.Column('payee_bank', sa.String(length=120), nullable=False),
    sa.Column('payee_masked', sa.String(length=40), nullable=False),
    sa.Column('payee_digest', sa.String(length=64), nullable=False),
    sa.Column('applied_on', sa.Date(), nullable=False),
    sa.Column('applied_by_id', sa.Uuid(), nullable=True),
    sa.Column('applied_by_name', sa.String(length=64), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('checked_by_id', sa.Uuid(), nullable=True),
    sa.Column('checked_by_name', sa.String(length=64), nullable=False),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_by_name', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.CheckConstraint('paid <= amount', name=op.f('ck_payment_applications_paid_at_most')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_payment_applications_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_applications')),
    sa.UniqueConstraint('number', name=op.f('uq_payment_applications_number')),
    sa.UniqueConstraint('open_key', name=op.f('uq_payment_applications_open_key'))
    )
    with op.batch_alter_table('payment_applications', schema=None) as batch_op:
        batch_op.create_index('ix_payment_applications_contract', ['contract_id', 'milestone'], unique=False)
        batch_op.create_index('ix_payment_applications_state', ['state', 'applied_on'], unique=False)

    op.create_table('payment_invoices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('milestone', sa.String(length=60), nullable=False),
    sa.Column('seller_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('live_number', sa.String(length=40), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('tax_rate', sa.Numeric(precision=6, scale=4), nullable=False),
    sa.Column('tax_amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('buyer_title', sa.String(length=120), nullable=False),
    sa.Column('buyer_tax_number', sa.String(length=40), nullable=False),
    sa.Column('reject_reason', sa.String(length=300), nullable=False),
    sa.Column('registered_by_id', sa.Uuid(), nullable=True),
    sa.Column('registered_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['payment_applications.id'], name=op.f('fk_payment_invoices_application_id')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_payment_invoices_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_invoices')),
    sa.UniqueConstraint('seller_id', 'live_number', name=op.f('uq_payment_invoices_seller_id_live_number'))
    )
    with op.batch_alter_table('payment_invoices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_invoices_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_invoices_contract_id'), ['contract_id'], unique=False)

    op.create_table('payments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('milestone', sa.String(length=60), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['payment_applications.id'], name=op.f('fk_payments_application_id')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_payments_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payments')),
    sa.UniqueConstraint('contract_id', 'reference', name=op.f('uq_payments_contract_id_reference'))
    )
    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payments_application_id'), ['application_id'], unique=False)

    op.create_table('payee_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('open_key', sa.String(length=40), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('bank', sa.String(length=120), nullable=False),
    sa.Column('account_sealed', sa.String(length=512), nullable=False),
    sa.Column('account_masked', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=True),
    sa.Column('proposed_by_name', sa.String(length=64), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_by_name', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_payee_changes_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payee_changes')),
    sa.UniqueConstraint('open_key', name=op.f('uq_payee_changes_open_key'))
    )
    with op.batch_alter_table('payee_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payee_changes_contract_id'), ['contract_id'], unique=False)

    op.create_table('money_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_money_events_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_money_events')),
    sa.UniqueConstraint('subject_id', 'seq', name=op.f('uq_money_events_subject_id_seq'))
    )
    with op.batch_alter_table('money_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_money_events_contract_id'), ['contract_id'], unique=False)

    op.create_table('money_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('uploaded_by_id', sa.Uuid(), nullable=True),
    sa.Column('uploaded_by_name', sa.String(length=64), nullable=False),
    sa.Column('uploaded_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_money_files_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_money_files'))
    )
    with op.batch_alter_table('money_files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_money_files_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_money_files_stored_key'), ['stored_key'], unique=False)
        batch_op.create_index('ix_money_files_subject', ['subject_id'], unique=False)

    op.create_table('penalty_claims',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('penalty', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('owed_by', sa.String(length=32), nullable=False),
    sa.Column('event', sa.String(length=200), nullable=False),
    sa.Column('live_key', sa.String(length=200), nullable=True),
    sa.Column('milestone', sa.String(length=60), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_number', sa.String(length=24), nullable=False),
    sa.Column('material_id', sa.Uuid(), nullable=True),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('facts', core_db.LongText, nullable=False),
    sa.Column('computed', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('worksheet', core_db.Json(), nullable=True),
    sa.Column('refund', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('bureau_amount', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('bureau_name', sa.String(length=64), nullable=False),
    sa.Column('vendor_amount', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('vendor_name', sa.String(length=64), nullable=False),
    sa.Column('settled', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_penalty_claims_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_penalty_claims')),
    sa.UniqueConstraint('live_key', name=op.f('uq_penalty_claims_live_key')),
    sa.UniqueConstraint('number', name=op.f('uq_penalty_claims_number'))
    )
    with op.batch_alter_table('penalty_claims', schema=None) as batch_op:
        batch_op.create_index('ix_penalty_claims_contract', ['contract_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_penalty_claims_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('rectification_orders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_number', sa.String(length=24), nullable=False),
    sa.Column('facts', core_db.LongText, nullable=False),
    sa.Column('demands', core_db.LongText, nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('answer', core_db.LongText, nullable=False),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('rechecked_on', sa.Date(), nullable=True),
    sa.Column('recheck_remark', core_db.LongText, nullable=False),
    sa.Column('found_undone', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('outcome_note', core_db.LongText, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_rectification_orders_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rectification_orders')),
    sa.UniqueConstraint('number', name=op.f('uq_rectification_orders_number'))
    )
    with op.batch_alter_table('rectification_orders', schema=None) as batch_op:
        batch_op.create_index('ix_rectification_orders_contract', ['contract_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_rectification_orders_due_on'), ['due_on'], unique=False)

    op.create_table('contract_matters',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('facts', core_db.LongText, nullable=False),
    sa.Column('proof', core_db.LongText, nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('notified_on', sa.Date(), nullable=True),
    sa.Column('loss', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('stage', sa.String(length=32), nullable=False),
    sa.Column('outcome', core_db.LongText, nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_matters_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract_matters')),
    sa.UniqueConstraint('number', name=op.f('uq_contract_matters_number'))
    )
    with op.batch_alter_table('contract_matters', schema=None) as batch_op:
        batch_op.create_index('ix_contract_matters_contract', ['contract_id', 'stage'], unique=False)


def downgrade() -> None:
    op.drop_table('contract_matters')
    op.drop_table('rectification_orders')
    op.drop_table('penalty_claims')
    op.drop_table('money_files')
    op.drop_table('money_events')
    op.drop_table('payee_changes')
    op.drop_table('payments')
    op.drop_table('payment_invoices')
    op.drop_table('payment_applications')
    op.drop_table('payment_due_changes')
    op.drop_table('payment_milestones')
