"""supplements and signings

Revision ID: 0013
Revises: 0012
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contract_supplements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('scope', core_db.LongText, nullable=False),
    sa.Column('changes', core_db.Json(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=True),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('in_force_on', sa.Date(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=True),
    sa.Column('void_reason', sa.String(length=300), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('settled_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_supplements_contract_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract_supplements')),
    sa.UniqueConstraint('contract_id', 'number', name=op.f('uq_contract_supplements_contract_id_number'))
    )
    op.create_table('contract_signings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('supplement_id', sa.Uuid(), nullable=True),
    sa.Column('paper', sa.Integer(), nullable=False),
    sa.Column('party', sa.String(length=32), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('sealed_on', sa.Date(), nullable=True),
    sa.Column('signer', sa.String(length=64), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by_name', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_signings_contract_id')),
    sa.ForeignKeyConstraint(['supplement_id'], ['contract_supplements.id'], name=op.f('fk_contract_signings_supplement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract_signings')),
    sa.UniqueConstraint('contract_id', 'paper', 'party', name=op.f('uq_contract_signings_contract_id_paper_party'))
    )


def downgrade() -> None:
    op.drop_table('contract_signings')
    op.drop_table('contract_supplements')
