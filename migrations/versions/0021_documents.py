"""documents

Revision ID: 0021
Revises: 0020
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('document_runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(length=32), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('originals', sa.Boolean(), nullable=False),
    sa.Column('chosen', core_db.Json(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('asked_at', core_db.Moment(), nullable=False),
    sa.Column('asked_by_id', sa.Uuid(), nullable=True),
    sa.Column('asked_by_name', sa.String(length=64), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('made', sa.Integer(), nullable=False),
    sa.Column('skipped', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('notes', core_db.Json(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('size', sa.Integer(), nullable=True),
    sa.Column('ended_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_runs'))
    )
    with op.batch_alter_table('document_runs', schema=None) as batch_op:
        batch_op.create_index('ix_document_runs_contract', ['contract_id', 'asked_at'], unique=False)

    op.create_table('document_seal_keys',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('public_key', sa.String(length=64), nullable=False),
    sa.Column('known_since', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_document_seal_keys'))
    )
    op.create_table('document_series',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('prefix', sa.String(length=12), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('contract_id', 'prefix', 'year', name=op.f('pk_document_series'))
    )
    op.create_table('document_templates',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('slot', sa.String(length=40), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('warnings', core_db.Json(), nullable=False),
    sa.Column('added_at', core_db.Moment(), nullable=False),
    sa.Column('added_by_id', sa.Uuid(), nullable=True),
    sa.Column('added_by_name', sa.String(length=64), nullable=False),
    sa.Column('settled_at', core_db.Moment(), nullable=True),
    sa.Column('settled_by_name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_templates')),
    sa.UniqueConstraint('kind', 'version', name=op.f('uq_document_templates_kind_version')),
    sa.UniqueConstraint('slot', name=op.f('uq_document_templates_slot'))
    )
    op.create_table('documents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.String(length=100), nullable=True),
    sa.Column('prefix', sa.String(length=12), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=80), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('follows_id', sa.Uuid(), nullable=True),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('covers_on', sa.Date(), nullable=True),
    sa.Column('content', core_db.Json(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('sources', core_db.Json(), nullable=False),
    sa.Column('template_id', sa.Uuid(), nullable=True),
    sa.Column('issued_at', core_db.Moment(), nullable=False),
    sa.Column('issued_by_id', sa.Uuid(), nullable=True),
    sa.Column('issued_by_name', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('problem', sa.String(length=500), nullable=False),
    sa.Column('settled_at', core_db.Moment(), nullable=True),
    sa.Column('keep_until_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['follows_id'], ['documents.id'], name=op.f('fk_documents_follows_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_documents')),
    sa.UniqueConstraint('code', name=op.f('uq_documents_code')),
    sa.UniqueConstraint('contract_id', 'prefix', 'year', 'serial', name=op.f('uq_documents_contract_id_prefix_year_serial')),
    sa.UniqueConstraint('follows_id', name=op.f('uq_documents_follows_id')),
    sa.UniqueConstraint('number', name=op.f('uq_documents_number')),
    sa.UniqueConstraint('slot', name=op.f('uq_documents_slot'))
    )
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.create_index('ix_documents_contract_issued', ['contract_id', 'issued_at'], unique=False)
        batch_op.create_index('ix_documents_state', ['state', 'kind'], unique=False)
        batch_op.create_index('ix_documents_subject', ['subject_id', 'kind'], unique=False)

    op.create_table('document_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('format', sa.String(length=32), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('made_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_document_files_document_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_files')),
    sa.UniqueConstraint('document_id', 'format', name=op.f('uq_document_files_document_id_format'))
    )
    with op.batch_alter_table('document_files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_files_sha256'), ['sha256'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('document_files', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_files_sha256'))

    op.drop_table('document_files')
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.drop_index('ix_documents_subject')
        batch_op.drop_index('ix_documents_state')
        batch_op.drop_index('ix_documents_contract_issued')

    op.drop_table('documents')
    op.drop_table('document_templates')
    op.drop_table('document_series')
    op.drop_table('document_seal_keys')
    with op.batch_alter_table('document_runs', schema=None) as batch_op:
        batch_op.drop_index('ix_document_runs_contract')

    op.drop_table('document_runs')
