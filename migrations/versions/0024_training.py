"""training

Revision ID: 0024
Revises: 0023
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "training_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("content", core_db.LongText, nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("questions", core_db.Json(), nullable=False),
        sa.Column("retired_at", core_db.Moment(), nullable=True),
        sa.Column("created_at", core_db.Moment(), nullable=False),
        sa.Column("created_by_name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_training_templates_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_templates")),
    )
    with op.batch_alter_table("training_templates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_templates_contract_id"), ["contract_id"], unique=False)

    op.create_table(
        "trainings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("content", core_db.LongText, nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=True),
        sa.Column("trainer_name", sa.String(length=64), nullable=False),
        sa.Column("trainer_organisation", sa.String(length=120), nullable=False),
        sa.Column("trainer_title", sa.String(length=60), nullable=False),
        sa.Column("planned_start", core_db.Moment(), nullable=False),
        sa.Column("planned_end", core_db.Moment(), nullable=False),
        sa.Column("opened_at", core_db.Moment(), nullable=True),
        sa.Column("actual_start", core_db.Moment(), nullable=True),
        sa.Column("actual_end", core_db.Moment(), nullable=True),
        sa.Column("hours", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("hours_reason", sa.String(length=500), nullable=False),
        sa.Column("outcome", core_db.LongText, nullable=False),
        sa.Column("questions", core_db.Json(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", core_db.Moment(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.String(length=64), nullable=False),
        sa.Column("updated_at", core_db.Moment(), nullable=False),
        sa.Column("closed_at", core_db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_trainings_contract_id")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_trainings_release_id")),
        sa.ForeignKeyConstraint(["trainer_id"], ["staff_maintainers.id"], name=op.f("fk_trainings_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
        sa.UniqueConstraint("number", name=op.f("uq_trainings_number")),
    )
    with op.batch_alter_table("trainings", schema=None) as batch_op:
        batch_op.create_index("ix_trainings_contract", ["contract_id", "planned_start"], unique=False)
        batch_op.create_index(batch_op.f("ix_trainings_release_id"), ["release_id"], unique=False)
        batch_op.create_index("ix_trainings_state", ["state", "planned_end"], unique=False)
        batch_op.create_index(batch_op.f("ix_trainings_trainer_id"), ["trainer_id"], unique=False)

    op.create_table(
        "training_attendances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("phone_masked", sa.String(length=30), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("checked_in_at", core_db.Moment(), nullable=False),
        sa.Column("entered_by_name", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("forgotten_at", core_db.Moment(), nullable=True),
        sa.Column("erased_at", core_db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["training_id"], ["trainings.id"], name=op.f("fk_training_attendances_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attendances")),
        sa.UniqueConstraint("training_id", "citizen_id", name=op.f("uq_training_attendances_training_id_citizen_id")),
    )
    with op.batch_alter_table("training_attendances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_attendances_citizen_id"), ["citizen_id"], unique=False)
        batch_op.create_index("ix_training_attendances_forgotten", ["forgotten_at", "erased_at"], unique=False)
        batch_op.create_index("ix_training_attendances_time", ["training_id", "checked_in_at"], unique=False)

    op.create_table(
        "training_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("at", core_db.Moment(), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("by_vendor", sa.Boolean(), nullable=False),
        sa.Column("text", core_db.LongText, nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["trainings.id"], name=op.f("fk_training_events_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_events")),
    )
    with op.batch_alter_table("training_events", schema=None) as batch_op:
        batch_op.create_index("ix_training_events_training", ["training_id", "at"], unique=False)

    op.create_table(
        "training_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("mime", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_key", sa.String(length=60), nullable=False),
        sa.Column("added_at", core_db.Moment(), nullable=False),
        sa.Column("added_by_name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["trainings.id"], name=op.f("fk_training_files_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_files")),
        sa.UniqueConstraint("stored_key", name=op.f("uq_training_files_stored_key")),
    )
    with op.batch_alter_table("training_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_files_training_id"), ["training_id"], unique=False)

    op.create_table(
        "training_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("attendance_id", sa.Uuid(), nullable=False),
        sa.Column("answers", core_db.Json(), nullable=False),
        sa.Column("answered_at", core_db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["training_attendances.id"], name=op.f("fk_training_answers_attendance_id")
        ),
        sa.ForeignKeyConstraint(["training_id"], ["trainings.id"], name=op.f("fk_training_answers_training_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_answers")),
        sa.UniqueConstraint("attendance_id", name=op.f("uq_training_answers_attendance_id")),
    )
    with op.batch_alter_table("training_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_answers_training_id"), ["training_id"], unique=False)


def downgrade() -> None:
    op.drop_table("training_answers")
    op.drop_table("training_files")
    op.drop_table("training_events")
    op.drop_table("training_attendances")
    op.drop_table("trainings")
    op.drop_table("training_templates")
