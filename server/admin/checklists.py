"""A contract's checklist: its lines, thresholds and versions."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.messages import AnyField
from server.admin.pages import page, redirect_to, toast
from server.admin.upkeep_forms import line_field
from server.core import db
from server.core.errors import Conflict, Invalid
from server.domain import contracts, upkeep
from server.domain.identity import Actor, Permission
from server.domain.upkeep import ItemDraft, ItemForm, Section

blueprint = Blueprint("checklists", __name__, url_prefix="/admin/upkeep/checklists")

VIEW, LOG = Permission.RECORD_VIEW, Permission.RECORD_LOG
MOST, SPARE = 60, 4


@blueprint.get("/<uuid:contract_id>")
@needs(VIEW)
def show(contract_id: uuid.UUID) -> Response:
    """The checklist in its newest version, with room for more lines."""
    actor = current_actor()
    contracts.find(actor, contract_id)
    actor.need(VIEW, contract_id)
    newest = upkeep.checklist_of(contract_id)
    items = upkeep.checklist_items(newest) if newest else upkeep.default_items(contract_id)
    rows = min(len(items) + SPARE, MOST)
    data: dict[str, Any] = {
        "warn": newest.warn if newest else upkeep.WARN,
        "critical": newest.critical if newest else upkeep.CRITICAL,
    }
    for place, item in enumerate(items, start=1):
        data |= {
            f"section_{place}": item.section,
            f"title_{place}": item.title,
            f"form_{place}": item.form,
            f"standard_{place}": item.standard,
            f"total_{place}": item.total,
        }
    return _page(actor, contract_id, Form(_schema(rows), data), rows, newest.version if newest else 0)


@blueprint.post("/<uuid:contract_id>")
@needs(LOG)
def save(contract_id: uuid.UUID) -> Response:
    """Write the next version; lines without a title are left out."""
    actor = current_actor()
    places = [int(name.removeprefix("title_")) for name in request.form if name.removeprefix("title_").isdigit()]
    rows = min(max(places, default=SPARE), MOST)
    follows = request.form.get("follows", 0, type=int)
    form = Form.submitted(_schema(rows), request.form)
    refused, status = "", 422
    if form.valid:
        values = form.values
        items = [_item(values, place) for place in range(1, rows + 1) if values[f"title_{place}"]]
        try:
            with db.unit():
                made = upkeep.save_checklist(
                    actor,
                    contract_id,
                    items,
                    follows=follows,
                    reason=values["reason"],
                    warn=values["warn"],
                    critical=values["critical"],
                )
        except Invalid as error:
            form.refuse({name: told for name, told in error.fields.items() if name in form.names}, error.text)
        except Conflict as error:
            refused, status = error.text, 409
        else:
            toast(f"已保存为第 {made.version} 版")
            return redirect_to("checklists.show", contract_id=contract_id)
    with db.reading():
        return _page(actor, contract_id, form, rows, follows, refused=refused, status=status)


def _schema(rows: int) -> Schema:
    lines: dict[str, AnyField] = {}
    for place in range(1, rows + 1):
        told = {"label": f"第 {place} 项类别"}
        lines[f"section_{place}"] = fields.Enum(Section, by_value=True, load_default=Section.OTHER, metadata=told)
        lines[f"title_{place}"] = line_field(f"第 {place} 项标题", 120, required=False)
        lines[f"form_{place}"] = fields.Enum(
            ItemForm, by_value=True, load_default=ItemForm.CHECK, metadata={"label": f"第 {place} 项填写内容"}
        )
        lines[f"standard_{place}"] = line_field(f"第 {place} 项标准", 300, required=False)
        lines[f"total_{place}"] = fields.Integer(
            load_default=None,
            validate=validate.Range(min=0, max=100000),
            metadata={"label": f"第 {place} 项总数", "placeholder": "总数"},
        )
    percent = validate.Range(min=1, max=100)
    lines["warn"] = fields.Integer(
        load_default=upkeep.WARN,
        validate=percent,
        metadata={"label": "主机警戒值（%）", "help": "合同未约定，为系统默认，可修改。"},
    )
    lines["critical"] = fields.Integer(
        load_default=upkeep.CRITICAL, validate=percent, metadata={"label": "主机严重值（%）"}
    )
    lines["reason"] = line_field("修改说明", 500)
    made: Schema = type("Checklist", (Schema,), lines)()
    return made


def _item(values: dict[str, Any], place: int) -> ItemDraft:
    return ItemDraft(
        values[f"section_{place}"],
        values[f"title_{place}"],
        values[f"form_{place}"],
        values[f"standard_{place}"],
        values[f"total_{place}"],
    )


def _page(
    actor: Actor, contract_id: uuid.UUID, form: Form, rows: int, follows: int, *, refused: str = "", status: int = 200
) -> Response:
    versions = upkeep.checklists_of(actor, contract_id)
    return page(
        "inspections/checklist.html",
        status=status,
        contract=contracts.find(actor, contract_id),
        form=form,
        rows=rows,
        follows=follows,
        current=versions[0].version if versions else 0,
        versions=versions,
        refused=refused,
        writes=actor.may(LOG, contract_id),
    )
