"""the platform's tokens and calls for the component driver

Revision ID: 0012
Revises: 0011
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('wechat_platforms',
    sa.Column('appid', sa.String(length=64), nullable=False),
    sa.Column('ticket_sealed', core_db.LongText, nullable=True),
    sa.Column('ticket_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('appid', name=op.f('pk_wechat_platforms'))
    )

    op.create_table('wechat_authorisations',
    sa.Column('appid', sa.String(length=64), nullable=False),
    sa.Column('component', sa.String(length=64), nullable=False),
    sa.Column('refresh_sealed', core_db.LongText, nullable=True),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('scopes', core_db.Json(), nullable=False),
    sa.Column('authorised_at', core_db.Moment(), nullable=True),
    sa.Column('revoked_at', core_db.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('appid', name=op.f('pk_wechat_authorisations'))
    )


def downgrade() -> None:
    op.drop_table('wechat_authorisations')
    op.drop_table('wechat_platforms')
