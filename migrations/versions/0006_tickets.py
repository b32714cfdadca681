"""the desk and its bug reports

Revision ID: 0006
Revises: 0005
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0006"
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tickets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('content_state', sa.String(length=32), nullable=False),
    sa.Column('severity', sa.String(length=32), nullable=False),
    sa.Column('business_stopped', sa.Boolean(), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=True),
    sa.Column('reporter_id', sa.Uuid(), nullable=True),
    sa.Column('contact_name', sa.String(length=64), nullable=False),
    sa.Column('contact_sealed', sa.String(length=512), nullable=True),
    sa.Column('opened_by_kind', sa.String(length=32), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('assignee_id', sa.Uuid(), nullable=True),
    sa.Column('assignee_name', sa.String(length=64), nullable=False),
    sa.Column('subject_kind', sa.String(length=20), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('query_digest', sa.String(length=64), nullable=True),
    sa.Column('cause', core_db.LongText, nullable=False),
    sa.Column('received_at', core_db.Moment(), nullable=False),
    sa.Column('responded_at', core_db.Moment(), nullable=True),
    sa.Column('resolved_at', core_db.Moment(), nullable=True),
    sa.Column('closed_at', core_db.Moment(), nullable=True),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('reopened_count', sa.Integer(), nullable=False),
    sa.Column('stars', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tickets')),
    sa.UniqueConstraint('number', name=op.f('uq_tickets_number'))
    )
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tickets_assignee_id'), ['assignee_id'], unique=False)
        batch_op.create_index('ix_tickets_contract_state', ['contract_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_received_at'), ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_reporter_id'), ['reporter_id'], unique=False)
        batch_op.create_index('ix_tickets_state_received', ['state', 'received_at'], unique=False)
        batch_op.create_index('ix_tickets_subject', ['subject_kind', 'subject_id'], unique=False)

    op.create_table('ticket_policy',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rules', core_db.Json(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_policy'))
    )

    op.create_table('ticket_views',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query', sa.String(length=2000), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_views')),
    sa.UniqueConstraint('officer_id', 'name', name=op.f('uq_ticket_views_officer_id_name'))
    )
    with op.batch_alter_table('ticket_views', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_views_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('ticket_clocks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('basis', sa.String(length=32), nullable=False),
    sa.Column('started_at', core_db.Moment(), nullable=False),
    sa.Column('due_at', core_db.Moment(), nullable=True),
    sa.Column('met_at', core_db.Moment(), nullable=True),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('calendar_version', sa.Integer(), nullable=False),
    sa.Column('contract_revision', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_clocks_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_clocks')),
    sa.UniqueConstraint('ticket_id', 'kind', name=op.f('uq_ticket_clocks_ticket_id_kind'))
    )
    with op.batch_alter_table('ticket_clocks', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_clocks_open', ['met_at', 'due_at'], unique=False)

    op.create_table('ticket_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('recorded_at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('by_vendor', sa.Boolean(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('content_state', sa.String(length=32), nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_events_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_events')),
    sa.UniqueConstraint('ticket_id', 'seq', name=op.f('uq_ticket_events_ticket_id_seq'))
    )

    op.create_table('ticket_attachments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('event_id', sa.Uuid(), nullable=True),
    sa.Column('owner_kind', sa.String(length=32), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('mime', sa.String(length=40), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('thumb_key', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('uploaded_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ticket_events.id'], name=op.f('fk_ticket_attachments_event_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_attachments_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_attachments')),
    sa.UniqueConstraint('stored_key', name=op.f('uq_ticket_attachments_stored_key')),
    sa.UniqueConstraint('thumb_key', name=op.f('uq_ticket_attachments_thumb_key'))
    )
    with op.batch_alter_table('ticket_attachments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_attachments_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_attachments_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_attachments_uploaded_at'), ['uploaded_at'], unique=False)

    op.create_table('ticket_ratings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('stars', sa.Integer(), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ticket_events.id'], name=op.f('fk_ticket_ratings_event_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_ratings_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_ratings'))
    )
    with op.batch_alter_table('ticket_ratings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_ratings_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_ratings_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('content_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('citizen_id', sa.Uuid(), nullable=True),
    sa.Column('scene', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('trace_id', sa.String(length=64), nullable=True),
    sa.Column('label', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('asked_at', core_db.Moment(), nullable=False),
    sa.Column('judged_at', core_db.Moment(), nullable=True),
    sa.Column('reviewer_id', sa.Uuid(), nullable=True),
    sa.Column('reviewer_name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_content_checks')),
    sa.UniqueConstraint('trace_id', name=op.f('uq_content_checks_trace_id'))
    )
    with op.batch_alter_table('content_checks', schema=None) as batch_op:
        batch_op.create_index('ix_content_checks_state', ['state', 'asked_at'], unique=False)
        batch_op.create_index('ix_content_checks_subject', ['subject_kind', 'subject_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_content_checks_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('desk_day_uses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner', sa.String(length=80), nullable=False),
    sa.Column('what', sa.String(length=16), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_day_uses'))
    )
    with op.batch_alter_table('desk_day_uses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_desk_day_uses_day_on'), ['day_on'], unique=False)
        batch_op.create_index('ix_desk_day_uses_owner', ['owner', 'what', 'day_on'], unique=False)

    op.create_table('bug_reports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('app_version', sa.String(length=32), nullable=False),
    sa.Column('app_env', sa.String(length=16), nullable=False),
    sa.Column('app_build', sa.String(length=64), nullable=False),
    sa.Column('base_library', sa.String(length=32), nullable=False),
    sa.Column('platform', sa.String(length=32), nullable=False),
    sa.Column('page', sa.String(length=200), nullable=False),
    sa.Column('device', core_db.Json(), nullable=False),
    sa.Column('reported_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bug_reports'))
    )
    with op.batch_alter_table('bug_reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bug_reports_app_version'), ['app_version'], unique=False)
        batch_op.create_index(batch_op.f('ix_bug_reports_page'), ['page'], unique=False)
        batch_op.create_index(batch_op.f('ix_bug_reports_reported_at'), ['reported_at'], unique=False)


def downgrade() -> None:
    op.drop_table('bug_reports')
    op.drop_table('desk_day_uses')
    op.drop_table('content_checks')
    op.drop_table('ticket_ratings')
    op.drop_table('ticket_attachments')
    op.drop_table('ticket_events')
    op.drop_table('ticket_clocks')
    op.drop_table('ticket_views')
    op.drop_table('ticket_policy')
    op.drop_table('tickets')
