"""Tickets and pictures for tests: the smallest valid ones, opened through the doors."""

from __future__ import annotations

import io
import uuid
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

from server.domain import contracts, tickets
from server.domain.identity import ANONYMOUS, Actor
from server.domain.tickets import Attachment, Kind, Ticket, UploadLimits
from tests.factories import citizens

LIMITS = UploadLimits(max_bytes=10 * 1024 * 1024, max_pixels=25_000_000, daily_count=60, daily_bytes=100 * 1024 * 1024)
STRANGER = ANONYMOUS
WORDS = "首页的公告打不开，一直转圈。"


@cache
def picture(text: str = "报错", size: tuple[int, int] = (120, 80)) -> bytes:
    """A small screenshot as PNG."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((10, 10, 10 + 5 * len(text), 30), fill="navy")
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def ticket(actor: Actor | None = None, **values: Any) -> Ticket:
    """A bug that 老王 (or ``actor``) reports; ``contract`` may be given as a whole."""
    contract = values.pop("contract", None)
    if isinstance(contract, contracts.Contract):
        values["contract_id"] = contract.id
    usual: dict[str, Any] = {"kind": Kind.BUG, "text": WORDS}
    return tickets.open(actor or citizens.actor("wang"), **(usual | values))


def responded(by: Actor, actor: Actor | None = None, **values: Any) -> Ticket:
    """A ticket that somebody has answered."""
    made = ticket(actor, **values)
    tickets.respond(by, made.id, text="已收到，正在核查。")
    return made


def resolved(by: Actor, actor: Actor | None = None, **values: Any) -> Ticket:
    """A ticket that somebody has answered and solved."""
    made = responded(by, actor, **values)
    tickets.resolve(by, made.id, text="已修复，请重新进入小程序。", cause="缓存过期后没有刷新")
    return made


def upload(actor: Actor | None = None, raw: bytes | None = None, **limits: Any) -> Attachment:
    """A picture that 老王 (or ``actor``) uploads."""
    from dataclasses import replace

    return tickets.upload(actor or citizens.actor("wang"), raw=raw or picture(), limits=replace(LIMITS, **limits))


def uploads(count: int, actor: Actor | None = None) -> list[uuid.UUID]:
    """Ids of some fresh pictures of one person."""
    who = actor or citizens.actor("wang")
    return [upload(who).id for _ in range(count)]
