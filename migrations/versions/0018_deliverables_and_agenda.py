"""deliverables, alerts, reminders

Revision ID: 0018
Revises: 0017
"""

from datetime import UTC, datetime

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('deliveries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('cycle_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('with_id', sa.Uuid(), nullable=True),
    sa.Column('handed_at', core_db.Moment(), nullable=False),
    sa.Column('signed_at', core_db.Moment(), nullable=True),
    sa.Column('signed_version', sa.Integer(), nullable=True),
    sa.Column('signed_by_name', sa.String(length=64), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('contract_id', 'key', 'cycle_on', name=op.f('uq_deliveries_contract_id_key_cycle_on'))
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deliveries_with_id'), ['with_id'], unique=False)

    op.create_table('delivery_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('summary', core_db.LongText, nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('handed_at', core_db.Moment(), nullable=False),
    sa.Column('handed_by_id', sa.Uuid(), nullable=True),
    sa.Column('handed_by_name', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('decided_at', core_db.Moment(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_by_name', sa.String(length=64), nullable=False),
    sa.Column('remark', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['deliveries.id'], name=op.f('fk_delivery_versions_delivery_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_versions')),
    sa.UniqueConstraint('delivery_id', 'number', name=op.f('uq_delivery_versions_delivery_id_number'))
    )
    with op.batch_alter_table('delivery_versions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_versions_stored_key'), ['stored_key'], unique=False)

    op.create_table('delivery_comments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('author_organisation', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['deliveries.id'], name=op.f('fk_delivery_comments_delivery_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_comments'))
    )
    with op.batch_alter_table('delivery_comments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_comments_delivery_id'), ['delivery_id'], unique=False)

    op.create_table('deliverable_due_days',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('cycle_on', sa.Date(), nullable=False),
    sa.Column('due_at', core_db.Moment(), nullable=True),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('computed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliverable_due_days')),
    sa.UniqueConstraint('contract_id', 'key', 'cycle_on', name=op.f('uq_deliverable_due_days_contract_id_key_cycle_on'))
    )
    op.create_table('deliverable_due_moves',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('cycle_on', sa.Date(), nullable=False),
    sa.Column('before_at', core_db.Moment(), nullable=True),
    sa.Column('after_at', core_db.Moment(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('moved_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliverable_due_moves'))
    )
    with op.batch_alter_table('deliverable_due_moves', schema=None) as batch_op:
        batch_op.create_index('ix_deliverable_due_moves_contract', ['contract_id', 'moved_at'], unique=False)

    op.create_table('alerts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('object_kind', sa.String(length=32), nullable=False),
    sa.Column('object_id', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('due_at', core_db.Moment(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('place', core_db.Json(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('raised_at', core_db.Moment(), nullable=False),
    sa.Column('notify_at', core_db.Moment(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alerts')),
    sa.UniqueConstraint('object_kind', 'object_id', 'kind', 'due_on', name=op.f('uq_alerts_object_kind_object_id_kind_due_on'))
    )
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.create_index('ix_alerts_state', ['state', 'notify_at'], unique=False)

    op.create_table('alert_reads',
    sa.Column('alert_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('read_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['alert_id'], ['alerts.id'], name=op.f('fk_alert_reads_alert_id')),
    sa.PrimaryKeyConstraint('alert_id', 'officer_id', name=op.f('pk_alert_reads'))
    )
    with op.batch_alter_table('alert_reads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_alert_reads_officer_id'), ['officer_id'], unique=False)

    op.create_table('agenda_feeds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('revoked_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_feeds')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_agenda_feeds_secret_hash'))
    )
    with op.batch_alter_table('agenda_feeds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agenda_feeds_officer_id'), ['officer_id'], unique=False)

    policy = op.create_table('agenda_policy',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rules', core_db.Json(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_policy'))
    )
    # The row that workers take their turn on; without rules in it the defaults hold.
    op.bulk_insert(policy, [{'id': 1, 'rules': {}, 'changed_at': datetime.now(UTC)}])


def downgrade() -> None:
    op.drop_table('agenda_policy')
    op.drop_table('agenda_feeds')
    op.drop_table('alert_reads')
    op.drop_table('alerts')
    op.drop_table('deliverable_due_moves')
    op.drop_table('deliverable_due_days')
    op.drop_table('delivery_comments')
    op.drop_table('delivery_versions')
    op.drop_table('deliveries')
