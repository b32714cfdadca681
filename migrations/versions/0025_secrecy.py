"""secrecy

Revision ID: 0025
Revises: 0024
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('secrecy_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('recorded_at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_events')),
    sa.UniqueConstraint('subject_id', 'seq', name=op.f('uq_secrecy_events_subject_id_seq'))
    )
    op.create_table('secrecy_handovers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('delivered_by_name', sa.String(length=64), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_by_name', sa.String(length=64), nullable=False),
    sa.Column('remark', sa.String(length=1000), nullable=False),
    sa.Column('use_state', sa.String(length=32), nullable=False),
    sa.Column('use_purpose', sa.String(length=1000), nullable=False),
    sa.Column('use_remark', sa.String(length=1000), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_handovers')),
    sa.UniqueConstraint('number', name=op.f('uq_secrecy_handovers_number'))
    )
    with op.batch_alter_table('secrecy_handovers', schema=None) as batch_op:
        batch_op.create_index('ix_secrecy_handovers_contract', ['contract_id', 'created_at'], unique=False)

    op.create_table('secrecy_incidents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('grade', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('discovered_at', core_db.Moment(), nullable=False),
    sa.Column('discovered_by', sa.String(length=64), nullable=False),
    sa.Column('systems', sa.String(length=1000), nullable=False),
    sa.Column('symptom', core_db.LongText, nullable=False),
    sa.Column('impact', core_db.LongText, nullable=False),
    sa.Column('leak', sa.Boolean(), nullable=False),
    sa.Column('persons_count', sa.Integer(), nullable=True),
    sa.Column('data_kinds', sa.String(length=200), nullable=False),
    sa.Column('harmless_reason', sa.String(length=1000), nullable=False),
    sa.Column('hours', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('authority', sa.String(length=100), nullable=False),
    sa.Column('due_at', core_db.Moment(), nullable=True),
    sa.Column('reported_at', core_db.Moment(), nullable=True),
    sa.Column('reported_to', sa.String(length=100), nullable=False),
    sa.Column('report_ref', sa.String(length=200), nullable=False),
    sa.Column('contained_at', core_db.Moment(), nullable=True),
    sa.Column('closed_at', core_db.Moment(), nullable=True),
    sa.Column('cause', core_db.LongText, nullable=False),
    sa.Column('measures', core_db.LongText, nullable=False),
    sa.Column('review', core_db.LongText, nullable=False),
    sa.Column('entered_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_incidents')),
    sa.UniqueConstraint('number', name=op.f('uq_secrecy_incidents_number'))
    )
    with op.batch_alter_table('secrecy_incidents', schema=None) as batch_op:
        batch_op.create_index('ix_secrecy_incidents_contract_discovered', ['contract_id', 'discovered_at'], unique=False)
        batch_op.create_index('ix_secrecy_incidents_state_due', ['state', 'due_at'], unique=False)

    op.create_table('secrecy_items',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('item', sa.String(length=200), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('basis', sa.String(length=200), nullable=False),
    sa.Column('declared_at', core_db.Moment(), nullable=True),
    sa.Column('declared_by_name', sa.String(length=64), nullable=False),
    sa.Column('material_id', sa.Uuid(), nullable=True),
    sa.Column('holder', sa.String(length=64), nullable=False),
    sa.Column('maintainer_id', sa.Uuid(), nullable=True),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=False),
    sa.Column('serials', sa.String(length=200), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('handed_on', sa.Date(), nullable=False),
    sa.Column('due_back_on', sa.Date(), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('proof', sa.String(length=200), nullable=False),
    sa.Column('witness', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_items')),
    sa.UniqueConstraint('number', name=op.f('uq_secrecy_items_number'))
    )
    with op.batch_alter_table('secrecy_items', schema=None) as batch_op:
        batch_op.create_index('ix_secrecy_items_contract_handed', ['contract_id', 'handed_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_secrecy_items_maintainer_id'), ['maintainer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_secrecy_items_material_id'), ['material_id'], unique=False)
        batch_op.create_index('ix_secrecy_items_state_due', ['state', 'due_back_on'], unique=False)

    op.create_table('secrecy_promises',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('slot', sa.String(length=120), nullable=True),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('role', sa.String(length=80), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('maintainer_id', sa.Uuid(), nullable=True),
    sa.Column('text_version', sa.String(length=20), nullable=False),
    sa.Column('words', core_db.LongText, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('signed_how', sa.String(length=32), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.String(length=200), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_promises')),
    sa.UniqueConstraint('number', name=op.f('uq_secrecy_promises_number')),
    sa.UniqueConstraint('slot', name=op.f('uq_secrecy_promises_slot'))
    )
    with op.batch_alter_table('secrecy_promises', schema=None) as batch_op:
        batch_op.create_index('ix_secrecy_promises_contract_state', ['contract_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_secrecy_promises_maintainer_id'), ['maintainer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_secrecy_promises_officer_id'), ['officer_id'], unique=False)

    op.create_table('secrecy_rules',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rules', core_db.Json(), nullable=False),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_rules'))
    )
    op.create_table('secrecy_assets',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('version', sa.String(length=60), nullable=False),
    sa.Column('snapshot', sa.String(length=120), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['handover_id'], ['secrecy_handovers.id'], name=op.f('fk_secrecy_assets_handover_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secrecy_assets')),
    sa.UniqueConstraint('handover_id', 'position', name=op.f('uq_secrecy_assets_handover_id_position'))
    )
    with op.batch_alter_table('secrecy_assets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_secrecy_assets_sha256'), ['sha256'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('secrecy_assets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_secrecy_assets_sha256'))

    op.drop_table('secrecy_assets')
    op.drop_table('secrecy_rules')
    with op.batch_alter_table('secrecy_promises', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_secrecy_promises_officer_id'))
        batch_op.drop_index(batch_op.f('ix_secrecy_promises_maintainer_id'))
        batch_op.drop_index('ix_secrecy_promises_contract_state')

    op.drop_table('secrecy_promises')
    with op.batch_alter_table('secrecy_items', schema=None) as batch_op:
        batch_op.drop_index('ix_secrecy_items_state_due')
        batch_op.drop_index(batch_op.f('ix_secrecy_items_material_id'))
        batch_op.drop_index(batch_op.f('ix_secrecy_items_maintainer_id'))
        batch_op.drop_index('ix_secrecy_items_contract_handed')

    op.drop_table('secrecy_items')
    with op.batch_alter_table('secrecy_incidents', schema=None) as batch_op:
        batch_op.drop_index('ix_secrecy_incidents_state_due')
        batch_op.drop_index('ix_secrecy_incidents_contract_discovered')

    op.drop_table('secrecy_incidents')
    with op.batch_alter_table('secrecy_handovers', schema=None) as batch_op:
        batch_op.drop_index('ix_secrecy_handovers_contract')

    op.drop_table('secrecy_handovers')
    op.drop_table('secrecy_events')
