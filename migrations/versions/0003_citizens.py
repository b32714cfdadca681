"""citizens, what they agreed to and asked for

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0003"
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
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

    op.create_table('privacy_notices',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('items', core_db.Json(), nullable=False),
    sa.Column('published_at', core_db.Moment(), nullable=False),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_privacy_notices'))
    )

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


def downgrade() -> None:
    op.drop_table('data_requests')
    op.drop_table('consents')
    op.drop_table('privacy_notices')
    op.drop_table('citizen_tokens')
    op.drop_table('citizen_families')
    op.drop_table('citizens')
