"""feature flags: objects, revisions, requests, client keys

Revision ID: 0008
Revises: 0007
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('flag_objects',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('document', core_db.Json(), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_flag_objects'))
    )

    heads = op.create_table('flag_heads',
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('environment', name=op.f('pk_flag_heads'))
    )
    # The rows are there from the start: writers who would all begin one at once lock each other out on MariaDB.
    op.bulk_insert(heads, [{'environment': name, 'number': 0} for name in ('develop', 'trial', 'release')])

    op.create_table('flag_requests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('changes', core_db.Json(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('base_number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('author_organisation', sa.String(length=100), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('apply_at', core_db.Moment(), nullable=True),
    sa.Column('until', core_db.Moment(), nullable=True),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('promoted_from', sa.String(length=32), nullable=True),
    sa.Column('promoted_number', sa.Integer(), nullable=True),
    sa.Column('origins', core_db.Json(), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_by_name', sa.String(length=64), nullable=False),
    sa.Column('decided_at', core_db.Moment(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('conflict', sa.String(length=500), nullable=False),
    sa.Column('applied_number', sa.Integer(), nullable=True),
    sa.Column('ended_number', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag_requests'))
    )
    with op.batch_alter_table('flag_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_flag_requests_state_apply_at'), ['state', 'apply_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_flag_requests_environment_state'), ['environment', 'state'], unique=False)

    op.create_table('flag_revisions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('parent', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('tree', core_db.Json(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('origins', core_db.Json(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('author_organisation', sa.String(length=100), nullable=False),
    sa.Column('approver_id', sa.Uuid(), nullable=True),
    sa.Column('approver_name', sa.String(length=64), nullable=False),
    sa.Column('reviewed', sa.Boolean(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=True),
    sa.Column('reverts_to', sa.Integer(), nullable=True),
    sa.Column('promoted_from', sa.String(length=32), nullable=True),
    sa.Column('promoted_number', sa.Integer(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['flag_requests.id'], name=op.f('fk_flag_revisions_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag_revisions')),
    sa.UniqueConstraint('environment', 'number', name=op.f('uq_flag_revisions_environment_number'))
    )

    op.create_table('flag_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('revision_id', sa.Uuid(), nullable=False),
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('before_hash', sa.String(length=64), nullable=True),
    sa.Column('after_hash', sa.String(length=64), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['flag_revisions.id'], name=op.f('fk_flag_changes_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag_changes')),
    sa.UniqueConstraint('revision_id', 'subject', 'key', name=op.f('uq_flag_changes_revision_id_subject_key'))
    )
    with op.batch_alter_table('flag_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_flag_changes_key'), ['key', 'environment', 'number'], unique=False)

    op.create_table('flag_policies',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('approval', core_db.Json(), nullable=False),
    sa.Column('stale_days', sa.Integer(), nullable=False),
    sa.Column('most_flags', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_flag_policies'))
    )

    op.create_table('flag_snoozes',
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('environment', 'key', name=op.f('pk_flag_snoozes'))
    )

    op.create_table('flag_client_keys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('prefix', sa.String(length=16), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('origins', core_db.Json(), nullable=False),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('revoked_at', core_db.Moment(), nullable=True),
    sa.Column('revoked_by_name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag_client_keys')),
    sa.UniqueConstraint('prefix', name=op.f('uq_flag_client_keys_prefix'))
    )


def downgrade() -> None:
    op.drop_table('flag_client_keys')
    op.drop_table('flag_snoozes')
    op.drop_table('flag_policies')
    op.drop_table('flag_changes')
    op.drop_table('flag_revisions')
    op.drop_table('flag_requests')
    op.drop_table('flag_heads')
    op.drop_table('flag_objects')
