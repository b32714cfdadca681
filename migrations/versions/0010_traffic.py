"""versions seen in traffic

Revision ID: 0010
Revises: 0009
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('traffic_versions',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('build', sa.String(length=12), nullable=False),
    sa.Column('stamp', sa.String(length=12), nullable=False),
    sa.Column('requests', sa.BigInteger(), nullable=False),
    sa.Column('launches', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'environment', 'version', 'build', 'stamp', name=op.f('pk_traffic_versions'))
    )
    op.create_table('traffic_clients',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('environment', sa.String(length=32), nullable=False),
    sa.Column('platform', sa.String(length=32), nullable=False),
    sa.Column('base_library', sa.String(length=16), nullable=False),
    sa.Column('requests', sa.BigInteger(), nullable=False),
    sa.Column('launches', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'environment', 'platform', 'base_library', name=op.f('pk_traffic_clients'))
    )
    op.create_table('traffic_strangers',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('appid', sa.String(length=32), nullable=False),
    sa.Column('requests', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'appid', name=op.f('pk_traffic_strangers'))
    )
    op.create_table('build_witnesses',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('build', sa.String(length=12), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('witness', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('requests', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'build', 'version', 'witness', name=op.f('pk_build_witnesses'))
    )
    op.create_table('builds',
    sa.Column('build', sa.String(length=12), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('learnt_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('build', name=op.f('pk_builds'))
    )


def downgrade() -> None:
    for table in ('builds', 'build_witnesses', 'traffic_strangers', 'traffic_clients', 'traffic_versions'):
        op.drop_table(table)
