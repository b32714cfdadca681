"""upkeep

Revision ID: 0023
Revises: 0022
"""

from alembic import op
import sqlalchemy as sa
from server.core import db as core_db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('upkeep_checklists',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('items', core_db.Json(), nullable=False),
    sa.Column('warn', sa.Integer(), nullable=False),
    sa.Column('critical', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('author_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_checklists')),
    sa.UniqueConstraint('contract_id', 'version', name=op.f('uq_upkeep_checklists_contract_id_version'))
    )
    op.create_table('upkeep_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('at', core_db.Moment(), nullable=False),
    sa.Column('actor_kind', sa.String(length=32), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_name', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('text', core_db.LongText, nullable=False),
    sa.Column('data', core_db.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_events')),
    sa.UniqueConstraint('subject_id', 'seq', name=op.f('uq_upkeep_events_subject_id_seq'))
    )
    with op.batch_alter_table('upkeep_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upkeep_events_contract_id'), ['contract_id'], unique=False)

    op.create_table('upkeep_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('mime', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_key', sa.String(length=60), nullable=False),
    sa.Column('added_by_id', sa.Uuid(), nullable=True),
    sa.Column('added_by_name', sa.String(length=64), nullable=False),
    sa.Column('added_at', core_db.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_files')),
    sa.UniqueConstraint('stored_key', name=op.f('uq_upkeep_files_stored_key'))
    )
    with op.batch_alter_table('upkeep_files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upkeep_files_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_upkeep_files_subject', ['subject_id', 'added_at'], unique=False)

    op.create_table('upkeep_guidances',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('asker', sa.String(length=64), nullable=False),
    sa.Column('unit', sa.String(length=120), nullable=False),
    sa.Column('question', sa.String(length=1000), nullable=False),
    sa.Column('answer', sa.String(length=4000), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('given_at', core_db.Moment(), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('designated', sa.Boolean(), nullable=True),
    sa.Column('article_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('noted_by_id', sa.Uuid(), nullable=True),
    sa.Column('noted_by_name', sa.String(length=64), nullable=False),
    sa.Column('noted_at', core_db.Moment(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_guidances')),
    sa.UniqueConstraint('number', name=op.f('uq_upkeep_guidances_number'))
    )
    with op.batch_alter_table('upkeep_guidances', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upkeep_guidances_article_id'), ['article_id'], unique=False)
        batch_op.create_index('ix_upkeep_guidances_contract_given', ['contract_id', 'given_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_guidances_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('upkeep_inspections',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('month_on', sa.Date(), nullable=False),
    sa.Column('slot', sa.String(length=60), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=True),
    sa.Column('inspected_on', sa.Date(), nullable=True),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('on_site', sa.Boolean(), nullable=False),
    sa.Column('off_site_reason', sa.String(length=500), nullable=False),
    sa.Column('inspector', sa.String(length=64), nullable=False),
    sa.Column('designated', sa.Boolean(), nullable=True),
    sa.Column('companion', sa.String(length=64), nullable=False),
    sa.Column('summary', sa.String(length=2000), nullable=False),
    sa.Column('advice', sa.String(length=2000), nullable=False),
    sa.Column('checklist_version', sa.Integer(), nullable=True),
    sa.Column('warn', sa.Integer(), nullable=False),
    sa.Column('critical', sa.Integer(), nullable=False),
    sa.Column('submitted_at', core_db.Moment(), nullable=True),
    sa.Column('submitted_by_name', sa.String(length=64), nullable=False),
    sa.Column('returned_reason', sa.String(length=1000), nullable=False),
    sa.Column('signed_at', core_db.Moment(), nullable=True),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_inspections')),
    sa.UniqueConstraint('number', name=op.f('uq_upkeep_inspections_number')),
    sa.UniqueConstraint('slot', name=op.f('uq_upkeep_inspections_slot'))
    )
    with op.batch_alter_table('upkeep_inspections', schema=None) as batch_op:
        batch_op.create_index('ix_upkeep_inspections_contract_month', ['contract_id', 'month_on'], unique=False)
        batch_op.create_index('ix_upkeep_inspections_state', ['state', 'planned_on'], unique=False)

    op.create_table('upkeep_plans',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('scenario', sa.String(length=120), nullable=False),
    sa.Column('trigger', sa.String(length=1000), nullable=False),
    sa.Column('steps', core_db.LongText, nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('contacts', sa.String(length=500), nullable=False),
    sa.Column('every_months', sa.Integer(), nullable=False),
    sa.Column('next_drill_on', sa.Date(), nullable=True),
    sa.Column('retired_at', core_db.Moment(), nullable=True),
    sa.Column('noted_by_name', sa.String(length=64), nullable=False),
    sa.Column('noted_at', core_db.Moment(), nullable=False),
    sa.Column('updated_at', core_db.Moment(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_plans')),
    sa.UniqueConstraint('number', name=op.f('uq_upkeep_plans_number'))
    )
    with op.batch_alter_table('upkeep_plans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upkeep_plans_contract_id'), ['contract_id'], unique=False)

    op.create_table('upkeep_visits',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('designated', sa.Boolean(), nullable=True),
    sa.Column('host', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('work', sa.String(length=4000), nullable=False),
    sa.Column('result', sa.String(length=1000), nullable=False),
    sa.Column('dispatched_at', core_db.Moment(), nullable=True),
    sa.Column('arrived_at', core_db.Moment(), nullable=True),
    sa.Column('left_at', core_db.Moment(), nullable=True),
    sa.Column('noted_by_id', sa.Uuid(), nullable=True),
    sa.Column('noted_by_name', sa.String(length=64), nullable=False),
    sa.Column('noted_at', core_db.Moment(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_visits')),
    sa.UniqueConstraint('number', name=op.f('uq_upkeep_visits_number'))
    )
    with op.batch_alter_table('upkeep_visits', schema=None) as batch_op:
        batch_op.create_index('ix_upkeep_visits_contract_on', ['contract_id', 'visited_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_visits_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('upkeep_works',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('what', sa.String(length=500), nullable=False),
    sa.Column('why', sa.String(length=1000), nullable=False),
    sa.Column('before', sa.String(length=2000), nullable=False),
    sa.Column('after', sa.String(length=2000), nullable=False),
    sa.Column('risk', sa.String(length=32), nullable=False),
    sa.Column('rollback', sa.String(length=2000), nullable=False),
    sa.Column('systems', sa.String(length=300), nullable=False),
    sa.Column('versions', sa.String(length=300), nullable=False),
    sa.Column('started_at', core_db.Moment(), nullable=False),
    sa.Column('ended_at', core_db.Moment(), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('designated', sa.Boolean(), nullable=True),
    sa.Column('release_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('inspection_id', sa.Uuid(), nullable=True),
    sa.Column('template', sa.String(length=64), nullable=False),
    sa.Column('noted_by_id', sa.Uuid(), nullable=True),
    sa.Column('noted_by_name', sa.String(length=64), nullable=False),
    sa.Column('noted_at', core_db.Moment(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_works')),
    sa.UniqueConstraint('number', name=op.f('uq_upkeep_works_number'))
    )
    with op.batch_alter_table('upkeep_works', schema=None) as batch_op:
        batch_op.create_index('ix_upkeep_works_contract_started', ['contract_id', 'started_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_works_inspection_id'), ['inspection_id'], unique=False)
        batch_op.create_index('ix_upkeep_works_noted_by', ['noted_by_id', 'noted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_works_release_id'), ['release_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_works_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('upkeep_drills',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('plan_version', sa.Integer(), nullable=False),
    sa.Column('drilled_on', sa.Date(), nullable=False),
    sa.Column('form', sa.String(length=32), nullable=False),
    sa.Column('leader', sa.String(length=64), nullable=False),
    sa.Column('people', sa.String(length=500), nullable=False),
    sa.Column('course', sa.String(length=4000), nullable=False),
    sa.Column('result', sa.String(length=32), nullable=False),
    sa.Column('lessons', sa.String(length=2000), nullable=False),
    sa.Column('noted_by_id', sa.Uuid(), nullable=True),
    sa.Column('noted_by_name', sa.String(length=64), nullable=False),
    sa.Column('noted_at', core_db.Moment(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['upkeep_plans.id'], name=op.f('fk_upkeep_drills_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_drills')),
    sa.UniqueConstraint('number', name=op.f('uq_upkeep_drills_number'))
    )
    with op.batch_alter_table('upkeep_drills', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upkeep_drills_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_drills_plan_id'), ['plan_id'], unique=False)

    op.create_table('upkeep_findings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('inspection_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('severity', sa.String(length=32), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('advice', sa.String(length=1000), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_id', sa.Uuid(), nullable=True),
    sa.Column('ticket_number', sa.String(length=24), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('done_note', sa.String(length=1000), nullable=False),
    sa.Column('done_by_name', sa.String(length=64), nullable=False),
    sa.Column('created_at', core_db.Moment(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_id'], ['upkeep_inspections.id'], name=op.f('fk_upkeep_findings_inspection_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_findings'))
    )
    with op.batch_alter_table('upkeep_findings', schema=None) as batch_op:
        batch_op.create_index('ix_upkeep_findings_contract_due', ['contract_id', 'due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_findings_inspection_id'), ['inspection_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_findings_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upkeep_findings_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('upkeep_inspection_items',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('inspection_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('section', sa.String(length=32), nullable=False),
    sa.Column('form', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('standard', sa.String(length=300), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('values', core_db.Json(), nullable=False),
    sa.Column('verdict', sa.String(length=32), nullable=True),
    sa.Column('remark', sa.String(length=1000), nullable=False),
    sa.Column('checked_by_id', sa.Uuid(), nullable=True),
    sa.Column('checked_by_name', sa.String(length=64), nullable=False),
    sa.Column('checked_at', core_db.Moment(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['inspection_id'], ['upkeep_inspections.id'], name=op.f('fk_upkeep_inspection_items_inspection_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upkeep_inspection_items')),
    sa.UniqueConstraint('inspection_id', 'position', name=op.f('uq_upkeep_inspection_items_inspection_id_position'))
    )


def downgrade() -> None:
    op.drop_table('upkeep_inspection_items')
    op.drop_table('upkeep_findings')
    op.drop_table('upkeep_drills')
    op.drop_table('upkeep_works')
    op.drop_table('upkeep_visits')
    op.drop_table('upkeep_plans')
    op.drop_table('upkeep_inspections')
    op.drop_table('upkeep_guidances')
    op.drop_table('upkeep_files')
    op.drop_table('upkeep_events')
    op.drop_table('upkeep_checklists')
