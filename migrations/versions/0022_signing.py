"""signing

Revision ID: 0022
Revises: 0021
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('signing_agreements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.Uuid(), nullable=True),
    sa.Column('agreed_on', sa.Date(), nullable=False),
    sa.Column('vendor_signer', sa.String(length=64), nullable=False),
    sa.Column('bureau_signer', sa.String(length=64), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by_name', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', core_db.Moment(), nullable=False),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.Column('ended_by_name', sa.String(length=64), nullable=False),
    sa.Column('end_reason', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_agreements')),
    sa.UniqueConstraint('slot', name=op.f('uq_signing_agreements_slot')),
    sa.UniqueConstraint('stored_key', name=op.f('uq_signing_agreements_stored_key'))
    )
    with op.batch_alter_table('signing_agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signing_agreements_contract_id'), ['contract_id'], unique=False)

    op.create_table('signing_cases',
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head', sa.String(length=64), nullable=False),
    sa.Column('declined_side', sa.String(length=32), nullable=True),
    sa.Column('declined_by_name', sa.String(length=64), nullable=False),
    sa.Column('declined_at', core_db.Moment(), nullable=True),
    sa.Column('declined_reason', sa.String(length=500), nullable=False),
    sa.Column('completed_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_signing_cases'))
    )
    with op.batch_alter_table('signing_cases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signing_cases_contract_id'), ['contract_id'], unique=False)

    op.create_table('signing_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=32), nullable=False),
    sa.Column('side', sa.String(length=32), nullable=True),
    sa.Column('mode', sa.String(length=32), nullable=True),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=True),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('intent', core_db.LongText, nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.Column('before', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('seal', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_entries')),
    sa.UniqueConstraint('document_id', 'seq', name=op.f('uq_signing_entries_document_id_seq')),
    sa.UniqueConstraint('hash', name=op.f('uq_signing_entries_hash'))
    )
    with op.batch_alter_table('signing_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signing_entries_contract_id'), ['contract_id'], unique=False)

    op.create_table('signing_scans',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('slot', sa.Uuid(), nullable=True),
    sa.Column('claim', sa.String(length=64), nullable=True),
    sa.Column('code_source', sa.String(length=32), nullable=False),
    sa.Column('side', sa.String(length=32), nullable=False),
    sa.Column('signers', core_db.Json(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('attached_by_id', sa.Uuid(), nullable=True),
    sa.Column('attached_by_name', sa.String(length=64), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('attached_at', core_db.Moment(), nullable=False),
    sa.Column('judged_by_id', sa.Uuid(), nullable=True),
    sa.Column('judged_by_name', sa.String(length=64), nullable=False),
    sa.Column('judged_at', core_db.Moment(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_scans')),
    sa.UniqueConstraint('claim', name=op.f('uq_signing_scans_claim')),
    sa.UniqueConstraint('slot', name=op.f('uq_signing_scans_slot')),
    sa.UniqueConstraint('stored_key', name=op.f('uq_signing_scans_stored_key'))
    )
    with op.batch_alter_table('signing_scans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signing_scans_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signing_scans_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signing_scans_sha256'), ['sha256'], unique=False)

    op.create_table('signing_signatures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.String(length=32), nullable=False),
    sa.Column('mode', sa.String(length=32), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('signed_at', core_db.Moment(), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('drawing_key', sa.String(length=60), nullable=False),
    sa.Column('drawing_sha256', sa.String(length=64), nullable=False),
    sa.Column('slot', sa.String(length=60), nullable=True),
    sa.Column('person', sa.String(length=80), nullable=True),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['entry_id'], ['signing_entries.id'], name=op.f('fk_signing_signatures_entry_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_signatures')),
    sa.UniqueConstraint('person', name=op.f('uq_signing_signatures_person')),
    sa.UniqueConstraint('slot', name=op.f('uq_signing_signatures_slot'))
    )
    with op.batch_alter_table('signing_signatures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signing_signatures_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signing_signatures_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signing_signatures_officer_id'), ['officer_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('signing_signatures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signing_signatures_officer_id'))
        batch_op.drop_index(batch_op.f('ix_signing_signatures_document_id'))
        batch_op.drop_index(batch_op.f('ix_signing_signatures_contract_id'))

    op.drop_table('signing_signatures')
    with op.batch_alter_table('signing_scans', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signing_scans_sha256'))
        batch_op.drop_index(batch_op.f('ix_signing_scans_document_id'))
        batch_op.drop_index(batch_op.f('ix_signing_scans_contract_id'))

    op.drop_table('signing_scans')
    with op.batch_alter_table('signing_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signing_entries_contract_id'))

    op.drop_table('signing_entries')
    with op.batch_alter_table('signing_cases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signing_cases_contract_id'))

    op.drop_table('signing_cases')
    with op.batch_alter_table('signing_agreements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signing_agreements_contract_id'))

    op.drop_table('signing_agreements')
