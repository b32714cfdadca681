"""the release ledger: releases, their events, signing keys, source maps

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('release_keys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('public_key', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('used_at', core_db.Moment(), nullable=True),
    sa.Column('revoked_at', core_db.Moment(), nullable=True),
    sa.Column('revoked_by_name', sa.String(length=64), nullable=False),
    sa.Column('revoke_reason', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_keys')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_release_keys_fingerprint'))
    )
    with op.batch_alter_table('release_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_release_keys_contract_id'), ['contract_id'], unique=False)

    op.create_table('releases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('appid', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('driver', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('manifest', core_db.LongText, nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.Column('key_id', sa.Uuid(), nullable=False),
    sa.Column('git_sha', sa.String(length=64), nullable=False),
    sa.Column('robot', sa.Integer(), nullable=False),
    sa.Column('built_at', core_db.Moment(), nullable=False),
    sa.Column('signed_at', core_db.Moment(), nullable=False),
    sa.Column('sizes', core_db.Json(), nullable=False),
    sa.Column('changelog', core_db.LongText, nullable=False),
    sa.Column('privacy_version', sa.Integer(), nullable=True),
    sa.Column('map_sha256', sa.String(length=64), nullable=True),
    sa.Column('map_size', sa.Integer(), nullable=True),
    sa.Column('pushed_by_id', sa.Uuid(), nullable=True),
    sa.Column('pushed_by_name', sa.String(length=64), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('gray_percent', sa.Integer(), nullable=True),
    sa.Column('audit_id', sa.String(length=32), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('flag_revisions', core_db.Json(), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=True),
    sa.Column('live_at', core_db.Moment(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['release_keys.id'], name=op.f('fk_releases_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_releases')),
    sa.UniqueConstraint('appid', 'version', name=op.f('uq_releases_appid_version'))
    )
    with op.batch_alter_table('releases', schema=None) as batch_op:
        batch_op.create_index('ix_releases_contract_created', ['contract_id', 'created_at'], unique=False)
        batch_op.create_index('ix_releases_state', ['state', 'created_at'], unique=False)

    op.create_table('release_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('step', sa.String(length=32), nullable=True),
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
    sa.ForeignKeyConstraint(['release_id'], ['releases.id'], name=op.f('fk_release_events_release_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_events')),
    sa.UniqueConstraint('release_id', 'seq', name=op.f('uq_release_events_release_id_seq'))
    )
    op.create_table('release_tickets',
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.ForeignKeyConstraint(['release_id'], ['releases.id'], name=op.f('fk_release_tickets_release_id')),
    sa.PrimaryKeyConstraint('release_id', 'ticket_id', name=op.f('pk_release_tickets'))
    )
    with op.batch_alter_table('release_tickets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_release_tickets_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('release_flags',
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['release_id'], ['releases.id'], name=op.f('fk_release_flags_release_id')),
    sa.PrimaryKeyConstraint('release_id', 'key', name=op.f('pk_release_flags'))
    )
    with op.batch_alter_table('release_flags', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_release_flags_key'), ['key'], unique=False)

    op.create_table('release_maps',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('kept_at', core_db.Moment(), nullable=False),
    sa.Column('kept_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['release_id'], ['releases.id'], name=op.f('fk_release_maps_release_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_maps')),
    sa.UniqueConstraint('release_id', name=op.f('uq_release_maps_release_id'))
    )
    with op.batch_alter_table('release_maps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_release_maps_sha256'), ['sha256'], unique=False)

    op.create_table('release_ledger',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('develop_id', sa.Uuid(), nullable=True),
    sa.Column('trial_id', sa.Uuid(), nullable=True),
    sa.Column('audit_id', sa.Uuid(), nullable=True),
    sa.Column('gray_id', sa.Uuid(), nullable=True),
    sa.Column('full_id', sa.Uuid(), nullable=True),
    sa.Column('gray_plan', core_db.Json(), nullable=True),
    sa.Column('gray_plan_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_ledger'))
    )
    op.create_table('release_policy',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rules', core_db.Json(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_policy'))
    )


def downgrade() -> None:
    op.drop_table('release_policy')
    op.drop_table('release_ledger')
    op.drop_table('release_maps')
    op.drop_table('release_flags')
    op.drop_table('release_tickets')
    op.drop_table('release_events')
    op.drop_table('releases')
    op.drop_table('release_keys')
