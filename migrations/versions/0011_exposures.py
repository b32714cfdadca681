"""evaluation counts and contexts seen

Revision ID: 0011
Revises: 0010
"""

from alembic import op
import sqlalchemy as sa

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flag_evaluations",
        sa.Column("environment", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("flag", sa.String(length=100), nullable=False),
        sa.Column("variant", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("evaluations", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "environment", "day", "flag", "variant", "version", name=op.f("pk_flag_evaluations")
        ),
    )
    op.create_table(
        "flag_contexts",
        sa.Column("environment", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("context", sa.String(length=500), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "day", "context", name=op.f("pk_flag_contexts")),
    )


def downgrade() -> None:
    op.drop_table("flag_contexts")
    op.drop_table("flag_evaluations")
