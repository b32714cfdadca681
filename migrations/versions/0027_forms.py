"""what a service record tells that its ticket does not know

Revision ID: 0027
Revises: 0026
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('form_supplements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('cause', core_db.LongText, nullable=False),
    sa.Column('result', core_db.LongText, nullable=False),
    sa.Column('left_over', core_db.LongText, nullable=False),
    sa.Column('materials', core_db.LongText, nullable=False),
    sa.Column('hours', sa.Numeric(precision=6, scale=1), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('updated_by_id', sa.Uuid(), nullable=True),
    sa.Column('updated_by_name', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_supplements')),
    sa.UniqueConstraint('ticket_id', name=op.f('uq_form_supplements_ticket_id'))
    )
    with op.batch_alter_table('form_supplements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_supplements_contract_id'), ['contract_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('form_supplements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_form_supplements_contract_id'))

    op.drop_table('form_supplements')
