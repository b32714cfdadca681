"""回执：未登录提交的问题，凭编号和查询码查看进展。"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint
from marshmallow import fields

from server.api.http import Body, fails, gives, limited, open_to_all, takes
from server.api.schemas import Schema, Text
from server.api.ticket_schemas import EntryOut, TicketOut
from server.core.db import reading
from server.domain import tickets
from server.domain.identity import Actor
from server.domain.tickets import ReceiptNotFound

blueprint = Blueprint("receipts", __name__, url_prefix="/receipts")


class ReceiptAsked(Schema):
    """What the reporter was given."""

    number = Text(longest=24, required=True, metadata={"example": "FW-2026-0042"})
    query_code = Text(longest=32, required=True, metadata={"description": "提交时给出的查询码，不区分大小写。"})


class ReceiptOut(Schema):
    """The matter and its steps."""

    ticket = fields.Nested(TicketOut, required=True)
    timeline = fields.List(fields.Nested(EntryOut), attribute="entries", required=True)


@blueprint.post("/lookup")
@open_to_all
@limited("10/minute;60/day", by_address=True)
@takes(ReceiptAsked)
@gives(ReceiptOut)
@fails(ReceiptNotFound)
def lookup(actor: Actor, body: Body) -> Any:
    """凭编号和查询码查看进展。

    编号或查询码不对时不说明是哪一项。用 POST 是为了不让查询码留在地址里；不写入任何内容，无需请求编号。
    """
    with reading():
        found = tickets.lookup(number=body["number"], query_code=body["query_code"], address=actor.address)
        return orjson.dumps(ReceiptOut().dump(found))
