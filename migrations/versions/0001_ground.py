"""what every room stands on

Revision ID: 0001
Revises: 
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('serials',
    sa.Column('series', sa.String(length=40), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('series', 'year', name=op.f('pk_serials'))
    )

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


def downgrade() -> None:
    op.drop_table('wechat_states')
    op.drop_table('periodics')
    op.drop_table('jobs')
    op.drop_table('idempotency_keys')
    op.drop_table('serials')
