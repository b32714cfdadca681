"""knowledge base

Revision ID: 0019
Revises: 0018
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('knowledge_articles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=True),
    sa.Column('audience', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('keywords', sa.String(length=200), nullable=False),
    sa.Column('summary', sa.String(length=200), nullable=False),
    sa.Column('latest', sa.Integer(), nullable=False),
    sa.Column('published', sa.Integer(), nullable=True),
    sa.Column('source_ticket_id', sa.Uuid(), nullable=True),
    sa.Column('source_number', sa.String(length=24), nullable=False),
    sa.Column('published_at', core_db.Moment(), nullable=True),
    sa.Column('withdrawn_at', core_db.Moment(), nullable=True),
    sa.Column('withdrawn_reason', sa.String(length=200), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knowledge_articles')),
    sa.UniqueConstraint('number', name=op.f('uq_knowledge_articles_number')),
    sa.UniqueConstraint('source_ticket_id', 'audience', name=op.f('uq_knowledge_articles_source_ticket_id_audience'))
    )
    with op.batch_alter_table('knowledge_articles', schema=None) as batch_op:
        batch_op.create_index('ix_knowledge_articles_contract', ['contract_id', 'updated_at'], unique=False)
        batch_op.create_index('ix_knowledge_articles_standing', ['state', 'audience', 'published_at'], unique=False)

    op.create_table('knowledge_postings',
    sa.Column('gram', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('article_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['knowledge_articles.id'], name=op.f('fk_knowledge_postings_article_id')),
    sa.PrimaryKeyConstraint('gram', 'article_id', 'number', name=op.f('pk_knowledge_postings'))
    )
    with op.batch_alter_table('knowledge_postings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_knowledge_postings_article_id'), ['article_id'], unique=False)

    op.create_table('knowledge_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('article_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('body', core_db.LongText, nullable=False),
    sa.Column('plain', core_db.LongText, nullable=False),
    sa.Column('keywords', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('published_at', core_db.Moment(), nullable=True),
    sa.Column('published_by_name', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['knowledge_articles.id'], name=op.f('fk_knowledge_versions_article_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knowledge_versions')),
    sa.UniqueConstraint('article_id', 'number', name=op.f('uq_knowledge_versions_article_id_number'))
    )
    op.create_table('knowledge_votes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('article_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('voter', sa.String(length=64), nullable=False),
    sa.Column('day_on', sa.Date(), nullable=False),
    sa.Column('known', sa.Boolean(), nullable=False),
    sa.Column('helped', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=True),
    sa.Column('comment', sa.String(length=300), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['knowledge_articles.id'], name=op.f('fk_knowledge_votes_article_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knowledge_votes')),
    sa.UniqueConstraint('article_id', 'voter', 'day_on', name=op.f('uq_knowledge_votes_article_id_voter_day_on'))
    )
    with op.batch_alter_table('knowledge_votes', schema=None) as batch_op:
        batch_op.create_index('ix_knowledge_votes_voter', ['voter'], unique=False)


def downgrade() -> None:
    op.drop_table('knowledge_votes')
    op.drop_table('knowledge_versions')
    op.drop_table('knowledge_postings')
    op.drop_table('knowledge_articles')
