"""completion, acceptance, materials, remote sessions

Revision ID: 0015
Revises: 0014
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('completions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('follows_id', sa.Uuid(), nullable=True),
    sa.Column('slot', sa.String(length=60), nullable=True),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('release_id', sa.Uuid(), nullable=True),
    sa.Column('final', sa.Boolean(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('content', core_db.LongText, nullable=False),
    sa.Column('how_to_check', core_db.LongText, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('sent_at', core_db.Moment(), nullable=False),
    sa.Column('sent_by_id', sa.Uuid(), nullable=True),
    sa.Column('sent_by_name', sa.String(length=64), nullable=False),
    sa.Column('received_at', core_db.Moment(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('basis', sa.String(length=32), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('due_at', core_db.Moment(), nullable=True),
    sa.Column('deemable', sa.Boolean(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('calendar_version', sa.Integer(), nullable=True),
    sa.Column('contract_revision', sa.Integer(), nullable=True),
    sa.Column('trace', core_db.Json(), nullable=False),
    sa.Column('decided_at', core_db.Moment(), nullable=True),
    sa.Column('decided_recorded_at', core_db.Moment(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_by_name', sa.String(length=64), nullable=False),
    sa.Column('conclusion', sa.String(length=32), nullable=True),
    sa.Column('reasons', core_db.LongText, nullable=False),
    sa.Column('members', sa.String(length=200), nullable=False),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['follows_id'], ['completions.id'], name=op.f('fk_completions_follows_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_completions')),
    sa.UniqueConstraint('follows_id', name=op.f('uq_completions_follows_id')),
    sa.UniqueConstraint('number', name=op.f('uq_completions_number')),
    sa.UniqueConstraint('slot', name=op.f('uq_completions_slot'))
    )
    with op.batch_alter_table('completions', schema=None) as batch_op:
        batch_op.create_index('ix_completions_contract_sent', ['contract_id', 'sent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_completions_release_id'), ['release_id'], unique=False)
        batch_op.create_index('ix_completions_state_due', ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_completions_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('materials',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('item', sa.String(length=200), nullable=False),
    sa.Column('form', sa.String(length=32), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('requested_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('quality', sa.String(length=32), nullable=True),
    sa.Column('defect', sa.String(length=1000), nullable=False),
    sa.Column('stalled_since', core_db.Moment(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_materials')),
    sa.UniqueConstraint('number', name=op.f('uq_materials_number'))
    )
    with op.batch_alter_table('materials', schema=None) as batch_op:
        batch_op.create_index('ix_materials_contract_due', ['contract_id', 'due_on'], unique=False)
        batch_op.create_index('ix_materials_state_due', ['state', 'due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_materials_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('record_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('recorded_at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_events')),
    sa.UniqueConstraint('subject_id', 'seq', name=op.f('uq_record_events_subject_id_seq'))
    )
    with op.batch_alter_table('record_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_record_events_contract_id'), ['contract_id'], unique=False)

    op.create_table('remote_sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('from_where', sa.String(length=120), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('purpose', sa.String(length=500), nullable=False),
    sa.Column('work', sa.String(length=2000), nullable=False),
    sa.Column('started_at', core_db.Moment(), nullable=False),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.Column('logged_by_id', sa.Uuid(), nullable=True),
    sa.Column('logged_by_name', sa.String(length=64), nullable=False),
    sa.Column('logged_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remote_sessions')),
    sa.UniqueConstraint('number', name=op.f('uq_remote_sessions_number'))
    )
    with op.batch_alter_table('remote_sessions', schema=None) as batch_op:
        batch_op.create_index('ix_remote_sessions_contract_started', ['contract_id', 'started_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_remote_sessions_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('completion_items',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('completion_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('standard', sa.String(length=300), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('result', sa.String(length=32), nullable=True),
    sa.Column('remark', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['completion_id'], ['completions.id'], name=op.f('fk_completion_items_completion_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_completion_items')),
    sa.UniqueConstraint('completion_id', 'position', name=op.f('uq_completion_items_completion_id_position'))
    )
    op.create_table('completion_receipts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('completion_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('received_at', core_db.Moment(), nullable=False),
    sa.Column('received_by', sa.String(length=64), nullable=False),
    sa.Column('evidence', sa.String(length=500), nullable=False),
    sa.Column('submitted_by_id', sa.Uuid(), nullable=True),
    sa.Column('submitted_by_name', sa.String(length=64), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('submitted_at', core_db.Moment(), nullable=False),
    sa.Column('judged_by_name', sa.String(length=64), nullable=False),
    sa.Column('judged_at', core_db.Moment(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['completion_id'], ['completions.id'], name=op.f('fk_completion_receipts_completion_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_completion_receipts'))
    )
    with op.batch_alter_table('completion_receipts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_completion_receipts_completion_id'), ['completion_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_completion_receipts_contract_id'), ['contract_id'], unique=False)

    op.create_table('record_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=True),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('added_by_id', sa.Uuid(), nullable=True),
    sa.Column('added_by_name', sa.String(length=64), nullable=False),
    sa.Column('added_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['record_events.id'], name=op.f('fk_record_files_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_files')),
    sa.UniqueConstraint('stored_key', name=op.f('uq_record_files_stored_key'))
    )
    with op.batch_alter_table('record_files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_record_files_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_record_files_subject', ['subject_id', 'added_at'], unique=False)


def downgrade() -> None:
    op.drop_table('record_files')
    op.drop_table('completion_receipts')
    op.drop_table('completion_items')
    op.drop_table('remote_sessions')
    op.drop_table('record_events')
    op.drop_table('materials')
    op.drop_table('completions')
