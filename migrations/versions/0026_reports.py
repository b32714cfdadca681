"""reports

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

from server.core import db as core_db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("cycle_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("owed", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("texts", core_db.Json(), nullable=False),
        sa.Column("with_inspection", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_version", sa.Integer(), nullable=True),
        sa.Column("created_at", core_db.Moment(), nullable=False),
        sa.Column("created_by_name", sa.String(length=64), nullable=False),
        sa.Column("updated_at", core_db.Moment(), nullable=False),
        sa.Column("submitted_at", core_db.Moment(), nullable=True),
        sa.Column("signed_at", core_db.Moment(), nullable=True),
        sa.Column("signed_by_name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("contract_id", "key", "cycle_on", name=op.f("uq_reports_contract_id_key_cycle_on")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("ix_reports_contract_starts", ["contract_id", "starts_on"], unique=False)
        batch_op.create_index("ix_reports_delivery", ["delivery_id"], unique=False)

    op.create_table(
        "report_edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("before", core_db.LongText, nullable=False),
        sa.Column("after", core_db.LongText, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", core_db.Moment(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=100), nullable=False),
        sa.Column("by_vendor", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_edits_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edits")),
        sa.UniqueConstraint("report_id", "seq", name=op.f("uq_report_edits_report_id_seq")),
    )
    op.create_table(
        "report_problems",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("measure", sa.String(length=1000), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_problems_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_problems")),
    )
    with op.batch_alter_table("report_problems", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_problems_report_id"), ["report_id"], unique=False)

    op.create_table(
        "report_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", core_db.Json(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", core_db.Moment(), nullable=False),
        sa.Column("submitted_by_name", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_versions_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_versions")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_versions_report_id_number")),
    )


def downgrade() -> None:
    op.drop_table("report_versions")
    op.drop_table("report_problems")
    op.drop_table("report_edits")
    op.drop_table("reports")
