"""the desk: merging, consent, scope by both, canned texts

Revision ID: 0014
Revises: 0013
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('merged_into_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('consent', sa.String(length=32), nullable=False, server_default='none'))
        batch_op.add_column(sa.Column('scope_proposed', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('scope_proposed_by', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('scope_confirmed_at', core_db.Moment(), nullable=True))
        batch_op.add_column(sa.Column('confirmed_at', core_db.Moment(), nullable=True))
        batch_op.add_column(sa.Column('asker_kind', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('consult_kind', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('consulted_system', sa.String(length=100), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('contact_index', sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f('ix_tickets_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_contact_index'), ['contact_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_resolved_at'), ['resolved_at'], unique=False)
        batch_op.create_index('ix_tickets_contract_resolved', ['contract_id', 'resolved_at'], unique=False)
        batch_op.create_index('ix_tickets_contract_received', ['contract_id', 'received_at', 'id'], unique=False)
        batch_op.create_index('ix_tickets_received', ['received_at', 'id'], unique=False)
        batch_op.create_index('ix_tickets_assignee', ['assignee_id', 'contract_id', 'state'], unique=False)
        batch_op.drop_index(batch_op.f('ix_tickets_received_at'))
        batch_op.drop_index(batch_op.f('ix_tickets_assignee_id'))

    op.create_table('ticket_presences',
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('seen_at', core_db.Moment(), nullable=False),
    sa.Column('typed_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('ticket_id', 'officer_id', name=op.f('pk_ticket_presences'))
    )
    with op.batch_alter_table('ticket_presences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_presences_seen_at'), ['seen_at'], unique=False)

    op.create_table('canned_texts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('officer_name', sa.String(length=64), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=True),
    sa.Column('changed_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_texts')),
    sa.UniqueConstraint('officer_id', 'title', name=op.f('uq_canned_texts_officer_id_title'))
    )
    with op.batch_alter_table('canned_texts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_canned_texts_organisation_id'), ['organisation_id'], unique=False)


def downgrade() -> None:
    op.drop_table('canned_texts')
    op.drop_table('ticket_presences')
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tickets_assignee_id'), ['assignee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_received_at'), ['received_at'], unique=False)
        for name in ('ix_tickets_assignee', 'ix_tickets_received', 'ix_tickets_contract_received',
                     'ix_tickets_contract_resolved'):
            batch_op.drop_index(name)
        batch_op.drop_index(batch_op.f('ix_tickets_resolved_at'))
        batch_op.drop_index(batch_op.f('ix_tickets_contact_index'))
        batch_op.drop_index(batch_op.f('ix_tickets_merged_into_id'))
        for column in ('contact_index', 'consulted_system', 'consult_kind', 'asker_kind', 'confirmed_at', 'scope_confirmed_at',
                       'scope_proposed_by', 'scope_proposed', 'consent', 'merged_into_id'):
            batch_op.drop_column(column)
