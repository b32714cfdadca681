"""what is told to people, and what WeChat tells

Revision ID: 0004
Revises: 0003
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0004"
down_revision = '0003'
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

    op.create_table('push_nonces',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('dedupe_key', sa.String(length=64), nullable=False),
    sa.Column('seen_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('mark', name=op.f('pk_push_nonces'))
    )
    with op.batch_alter_table('push_nonces', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_push_nonces_seen_at'), ['seen_at'], unique=False)

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


def downgrade() -> None:
    op.drop_table('subscribe_templates')
    op.drop_table('subscribe_grants')
    op.drop_table('subscribe_answers')
    op.drop_table('push_nonces')
    op.drop_table('inbox_pushes')
    op.drop_table('message_events')
    op.drop_table('messages')
    op.drop_table('notices')
    op.drop_table('app_configs')
