"""the main job

Revision ID: 0001
Revises: 
Create Date: 2026-11-20 23:08:50.143005
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db
from sqlalchemy.dialects import mysql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('app_configs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('latest_version', sa.String(length=20), nullable=False),
    sa.Column('minimum_version', sa.String(length=20), nullable=False),
    sa.Column('blocked_versions', core_db.Json(), nullable=False),
    sa.Column('update_message', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=30), nullable=False),
    sa.Column('links', core_db.Json(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_app_configs')),
    sa.UniqueConstraint('number', name=op.f('uq_app_configs_number'))
    )
    op.create_table('audit_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('started_at', core_db.Moment(), nullable=False),
    sa.Column('finished_at', core_db.Moment(), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('bad_seq', sa.BigInteger(), nullable=True),
    sa.Column('bad_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_checks'))
    )
    op.create_table('audit_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=True),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.String(length=64), nullable=False),
    sa.Column('summary', sa.String(length=500), nullable=False),
    sa.Column('changes', core_db.Json(), nullable=False),
    sa.Column('result', sa.String(length=32), nullable=False),
    sa.Column('seal', sa.String(length=80), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=True),
    sa.Column('previous', sa.String(length=64), nullable=True),
    sa.Column('hash', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries')),
    sa.UniqueConstraint('seq', name=op.f('uq_audit_entries_seq'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entries_action'), ['action'], unique=False)
        batch_op.create_index('ix_audit_entries_actor_at', ['actor_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entries_at'), ['at'], unique=False)
        batch_op.create_index('ix_audit_entries_subject', ['subject_kind', 'subject_id'], unique=False)

    op.create_table('audit_heads',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('seal', sa.String(length=80), nullable=False),
    sa.Column('moved_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_heads'))
    )
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

    op.create_table('calendar_days',
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day_on', name=op.f('pk_calendar_days'))
    )
    with op.batch_alter_table('calendar_days', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_days_year'), ['year'], unique=False)

    op.create_table('calendar_version',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('stamp', sa.Uuid(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_version'))
    )
    op.create_table('calendar_years',
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_calendar_years'))
    )
    op.create_table('citizens',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('openid_sealed', sa.String(length=512), nullable=True),
    sa.Column('openid_index', sa.String(length=64), nullable=True),
    sa.Column('unionid_sealed', sa.String(length=512), nullable=True),
    sa.Column('unionid_index', sa.String(length=64), nullable=True),
    sa.Column('phone_sealed', sa.String(length=512), nullable=True),
    sa.Column('phone_index', sa.String(length=64), nullable=True),
    sa.Column('nickname', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('consent_version', sa.Integer(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('signed_in_at', core_db.Moment(), nullable=False),
    sa.Column('deleted_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_citizens')),
    sa.UniqueConstraint('openid_index', name=op.f('uq_citizens_openid_index')),
    sa.UniqueConstraint('unionid_index', name=op.f('uq_citizens_unionid_index'))
    )
    with op.batch_alter_table('citizens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_citizens_phone_index'), ['phone_index'], unique=False)

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

    op.create_table('contracts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('paper_number', sa.String(length=80), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('vendor_id', sa.Uuid(), nullable=False),
    sa.Column('vendor_name', sa.String(length=120), nullable=False),
    sa.Column('bureau_name', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contracts')),
    sa.UniqueConstraint('number', name=op.f('uq_contracts_number'))
    )
    with op.batch_alter_table('contracts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contracts_vendor_id'), ['vendor_id'], unique=False)

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

    op.create_table('idempotency_keys',
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('body_digest', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('leased_until', core_db.Moment(), nullable=False),
    sa.Column('kept_until', core_db.Moment(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('headers', core_db.Json(), nullable=True),
    sa.Column('answer', core_db.LongText, nullable=True),
    sa.PrimaryKeyConstraint('scope', name=op.f('pk_idempotency_keys'))
    )
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_keys_kept_until'), ['kept_until'], unique=False)

    op.create_table('inbox_pushes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('dedupe_key', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('body_sealed', core_db.LongText, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('received_at', core_db.Moment(), nullable=False),
    sa.Column('handled_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_pushes')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_inbox_pushes_dedupe_key'))
    )
    with op.batch_alter_table('inbox_pushes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inbox_pushes_received_at'), ['received_at'], unique=False)

    op.create_table('jobs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('lane', sa.String(length=32), nullable=False),
    sa.Column('args', core_db.Json(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('max_attempts', sa.Integer(), nullable=False),
    sa.Column('lease_until', core_db.Moment(), nullable=True),
    sa.Column('owner', sa.String(length=120), nullable=True),
    sa.Column('done_count', sa.Integer(), nullable=False),
    sa.Column('total_count', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('error', core_db.LongText, nullable=True),
    sa.Column('dedupe_key', sa.String(length=150), nullable=True),
    sa.Column('periodic', sa.String(length=60), nullable=True),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('run_after', core_db.Moment(), nullable=True),
    sa.Column('offer_at', core_db.Moment(), nullable=True),
    sa.Column('offer_count', sa.Integer(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('started_at', core_db.Moment(), nullable=True),
    sa.Column('finished_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_jobs_dedupe_key'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_due', ['state', 'lane', 'run_after'], unique=False)
        batch_op.create_index('ix_jobs_finished_at', ['finished_at'], unique=False)
        batch_op.create_index('ix_jobs_kind', ['kind', 'state'], unique=False)

    op.create_table('messages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('citizen_id', sa.Uuid(), nullable=False),
    sa.Column('template_key', sa.String(length=40), nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.Column('page', sa.String(length=200), nullable=False),
    sa.Column('dedupe_key', sa.String(length=150), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('holds_grant', sa.Boolean(), nullable=False),
    sa.Column('msgid', sa.String(length=32), nullable=False),
    sa.Column('errcode', sa.Integer(), nullable=True),
    sa.Column('error', sa.String(length=200), nullable=False),
    sa.Column('rid', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('queued_at', core_db.Moment(), nullable=False),
    sa.Column('due_at', core_db.Moment(), nullable=True),
    sa.Column('called_at', core_db.Moment(), nullable=True),
    sa.Column('sent_at', core_db.Moment(), nullable=True),
    sa.Column('confirmed_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_messages_dedupe_key'))
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.create_index('ix_messages_citizen', ['citizen_id', 'template_key', 'called_at'], unique=False)
        batch_op.create_index('ix_messages_state', ['state', 'due_at'], unique=False)

    op.create_table('notices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('body', core_db.LongText, nullable=False),
    sa.Column('audience', sa.String(length=32), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('published_at', core_db.Moment(), nullable=True),
    sa.Column('withdrawn_at', core_db.Moment(), nullable=True),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index('ix_notices_published', ['published_at', 'rank'], unique=False)

    op.create_table('organisations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisations')),
    sa.UniqueConstraint('name', name=op.f('uq_organisations_name'))
    )
    op.create_table('periodics',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('lane', sa.String(length=32), nullable=False),
    sa.Column('every_seconds', sa.Integer(), nullable=False),
    sa.Column('next_at', core_db.Moment(), nullable=False),
    sa.Column('last_at', core_db.Moment(), nullable=True),
    sa.Column('last_job_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_periodics'))
    )
    op.create_table('privacy_notices',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('items', core_db.Json(), nullable=False),
    sa.Column('published_at', core_db.Moment(), nullable=False),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_privacy_notices'))
    )
    op.create_table('push_nonces',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('dedupe_key', sa.String(length=64), nullable=False),
    sa.Column('seen_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('mark', name=op.f('pk_push_nonces'))
    )
    with op.batch_alter_table('push_nonces', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_push_nonces_seen_at'), ['seen_at'], unique=False)

    op.create_table('serials',
    sa.Column('series', sa.String(length=40), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('series', 'year', name=op.f('pk_serials'))
    )
    op.create_table('setup_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('expires_at', core_db.Moment(), nullable=False),
    sa.Column('used_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setup_codes'))
    )
    op.create_table('sign_in_throttles',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('fail_count', sa.Integer(), nullable=False),
    sa.Column('lock_count', sa.Integer(), nullable=False),
    sa.Column('window_at', core_db.Moment(), nullable=False),
    sa.Column('locked_until', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_throttles'))
    )
    op.create_table('subscribe_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('citizen_id', sa.Uuid(), nullable=False),
    sa.Column('template_key', sa.String(length=40), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('answer', sa.String(length=20), nullable=False),
    sa.Column('paired', sa.Boolean(), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscribe_answers'))
    )
    with op.batch_alter_table('subscribe_answers', schema=None) as batch_op:
        batch_op.create_index('ix_subscribe_answers_citizen', ['citizen_id', 'template_key', 'at'], unique=False)

    op.create_table('subscribe_grants',
    sa.Column('citizen_id', sa.Uuid(), nullable=False),
    sa.Column('template_key', sa.String(length=40), nullable=False),
    sa.Column('remaining', sa.Integer(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('citizen_id', 'template_key', name=op.f('pk_subscribe_grants'))
    )
    op.create_table('subscribe_templates',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('template_id', sa.String(length=64), nullable=False),
    sa.Column('fields', core_db.Json(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscribe_templates')),
    sa.UniqueConstraint('key', name=op.f('uq_subscribe_templates_key')),
    sa.UniqueConstraint('template_id', name=op.f('uq_subscribe_templates_template_id'))
    )
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

    op.create_table('wechat_states',
    sa.Column('appid', sa.String(length=64), nullable=False),
    sa.Column('token_sealed', core_db.LongText, nullable=True),
    sa.Column('token_mark', sa.String(length=64), nullable=True),
    sa.Column('token_expires_at', core_db.Moment(), nullable=True),
    sa.Column('fetch_owner', sa.String(length=40), nullable=True),
    sa.Column('fetch_until', core_db.Moment(), nullable=True),
    sa.Column('fetch_count', sa.Integer(), nullable=False),
    sa.Column('fetch_error', sa.Integer(), nullable=True),
    sa.Column('fetch_message', sa.String(length=200), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('open_until', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('appid', name=op.f('pk_wechat_states'))
    )
    op.create_table('citizen_families',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('citizen_id', sa.Uuid(), nullable=False),
    sa.Column('device', sa.String(length=200), nullable=False),
    sa.Column('session_key_sealed', sa.String(length=512), nullable=True),
    sa.Column('started_at', core_db.Moment(), nullable=False),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.Column('end', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['citizen_id'], ['citizens.id'], name=op.f('fk_citizen_families_citizen_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_citizen_families'))
    )
    with op.batch_alter_table('citizen_families', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_citizen_families_citizen_id'), ['citizen_id'], unique=False)

    op.create_table('consents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('citizen_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('scopes', core_db.Json(), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('given_at', core_db.Moment(), nullable=False),
    sa.Column('withdrawn_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['citizen_id'], ['citizens.id'], name=op.f('fk_consents_citizen_id')),
    sa.ForeignKeyConstraint(['version'], ['privacy_notices.version'], name=op.f('fk_consents_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consents_citizen_id'), ['citizen_id'], unique=False)

    op.create_table('contract_systems',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('system', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_systems_contract_id')),
    sa.PrimaryKeyConstraint('contract_id', 'system', name=op.f('pk_contract_systems'))
    )
    op.create_table('contract_terms',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('terms', core_db.Json(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_terms_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract_terms')),
    sa.UniqueConstraint('contract_id', 'revision', name=op.f('uq_contract_terms_contract_id_revision'))
    )
    op.create_table('data_requests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('citizen_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('requested_at', core_db.Moment(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('done_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['citizen_id'], ['citizens.id'], name=op.f('fk_data_requests_citizen_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_requests'))
    )
    with op.batch_alter_table('data_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_data_requests_citizen_id'), ['citizen_id'], unique=False)

    op.create_table('message_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('errcode', sa.Integer(), nullable=True),
    sa.Column('rid', sa.String(length=64), nullable=False),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_message_events_message_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_events'))
    )
    with op.batch_alter_table('message_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_events_message_id'), ['message_id'], unique=False)

    op.create_table('officers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('login', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('password_changed_at', core_db.Moment(), nullable=False),
    sa.Column('password_temporary', sa.Boolean(), nullable=False),
    sa.Column('totp_sealed', sa.String(length=512), nullable=True),
    sa.Column('totp_offer_sealed', sa.String(length=512), nullable=True),
    sa.Column('totp_confirmed_at', core_db.Moment(), nullable=True),
    sa.Column('totp_last_step', sa.BigInteger(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('signed_in_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_officers_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officers')),
    sa.UniqueConstraint('login', name=op.f('uq_officers_login'))
    )
    with op.batch_alter_table('officers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_officers_organisation_id'), ['organisation_id'], unique=False)

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
    op.create_table('api_tokens',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('prefix', sa.String(length=16), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', core_db.Json(), nullable=False),
    sa.Column('networks', core_db.Json(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('expires_at', core_db.Moment(), nullable=False),
    sa.Column('last_used_at', core_db.Moment(), nullable=True),
    sa.Column('last_used_address', sa.String(length=45), nullable=False),
    sa.Column('revoked_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_api_tokens_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_tokens')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_tokens_prefix'))
    )
    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_tokens_officer_id'), ['officer_id'], unique=False)

    op.create_table('citizen_tokens',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('access_digest', sa.String(length=64), nullable=False),
    sa.Column('refresh_digest', sa.String(length=64), nullable=False),
    sa.Column('issued_at', core_db.Moment(), nullable=False),
    sa.Column('access_until', core_db.Moment(), nullable=False),
    sa.Column('refresh_until', core_db.Moment(), nullable=False),
    sa.Column('rotated_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['citizen_families.id'], name=op.f('fk_citizen_tokens_family_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_citizen_tokens')),
    sa.UniqueConstraint('access_digest', name=op.f('uq_citizen_tokens_access_digest')),
    sa.UniqueConstraint('refresh_digest', name=op.f('uq_citizen_tokens_refresh_digest'))
    )
    with op.batch_alter_table('citizen_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_citizen_tokens_family_id'), ['family_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_citizen_tokens_refresh_until'), ['refresh_until'], unique=False)

    op.create_table('officer_roles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_officer_roles_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officer_roles')),
    sa.UniqueConstraint('officer_id', 'role', 'contract_id', name=op.f('uq_officer_roles_officer_id_role_contract_id'))
    )
    with op.batch_alter_table('officer_roles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_officer_roles_contract_id'), ['contract_id'], unique=False)

    op.create_table('officer_sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('stage', sa.String(length=32), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('seen_at', core_db.Moment(), nullable=False),
    sa.Column('expires_at', core_db.Moment(), nullable=False),
    sa.Column('stepped_up_at', core_db.Moment(), nullable=True),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('agent', sa.String(length=300), nullable=False),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.Column('ended_why', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_officer_sessions_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officer_sessions')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_officer_sessions_secret_hash'))
    )
    with op.batch_alter_table('officer_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_officer_sessions_officer_id'), ['officer_id'], unique=False)

    op.create_table('password_history',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_password_history_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_history'))
    )
    with op.batch_alter_table('password_history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_password_history_officer_id'), ['officer_id'], unique=False)

    op.create_table('recovery_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_recovery_codes_officer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_officer_id'), ['officer_id'], unique=False)

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



def downgrade() -> None:
    op.drop_table('ticket_ratings')
    op.drop_table('ticket_attachments')
    op.drop_table('recovery_codes')
    op.drop_table('password_history')
    op.drop_table('officer_sessions')
    op.drop_table('officer_roles')
    op.drop_table('citizen_tokens')
    op.drop_table('api_tokens')
    op.drop_table('ticket_events')
    op.drop_table('ticket_clocks')
    op.drop_table('officers')
    op.drop_table('message_events')
    op.drop_table('data_requests')
    op.drop_table('contract_terms')
    op.drop_table('contract_systems')
    op.drop_table('consents')
    op.drop_table('citizen_families')
    op.drop_table('wechat_states')
    op.drop_table('tickets')
    op.drop_table('ticket_views')
    op.drop_table('ticket_policy')
    op.drop_table('subscribe_templates')
    op.drop_table('subscribe_grants')
    op.drop_table('subscribe_answers')
    op.drop_table('sign_in_throttles')
    op.drop_table('setup_codes')
    op.drop_table('serials')
    op.drop_table('push_nonces')
    op.drop_table('privacy_notices')
    op.drop_table('periodics')
    op.drop_table('organisations')
    op.drop_table('notices')
    op.drop_table('messages')
    op.drop_table('jobs')
    op.drop_table('inbox_pushes')
    op.drop_table('idempotency_keys')
    op.drop_table('desk_day_uses')
    op.drop_table('contracts')
    op.drop_table('content_checks')
    op.drop_table('citizens')
    op.drop_table('calendar_years')
    op.drop_table('calendar_version')
    op.drop_table('calendar_days')
    op.drop_table('bug_reports')
    op.drop_table('audit_heads')
    op.drop_table('audit_entries')
    op.drop_table('audit_checks')
    op.drop_table('app_configs')
