"""Our kinds of message, and this installation's WeChat template for each.

What we say is fixed here (``number``, ``title`` …); which field of which template carries it differs by installation,
since each mini program picks its templates from WeChat's library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core.clock import now
from server.core.db import session
from server.core.errors import Invalid
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.notices import fitting
from server.domain.notices.models.messages import SubscribeTemplate

TEMPLATE_ID = re.compile(r"[0-9A-Za-z_-]{20,64}")


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One thing that we tell citizens: its name, why it is worth a subscription, and what it says (name to label)."""

    key: str
    title: str
    purpose: str
    says: Mapping[str, str]
    sample: Mapping[str, str]


_SAYS = {"number": "问题编号", "title": "问题摘要", "state": "处理状态", "at": "时间", "text": "说明"}
_SAMPLE = {
    "number": "FW-2026-0042",
    "title": "首页公告打不开，一直转圈",
    "state": "已响应",
    "at": "2026-11-20 15:01",
    "text": "已收到您的反馈，正在核查。",
}

KINDS: Mapping[str, MessageKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            MessageKind(
                "ticket_received", "问题受理通知", "您的问题被受理和响应时告诉您", MappingProxyType(_SAYS), _SAMPLE
            ),
            MessageKind(
                "ticket_answered",
                "问题处理结果通知",
                "您的问题有答复、已解决时告诉您，并请您评价",
                MappingProxyType(_SAYS),
                MappingProxyType(_SAMPLE | {"state": "已解决", "text": "已修复，请更新小程序后再试。"}),
            ),
        )
    }
)


def template_of(key: str) -> SubscribeTemplate | None:
    """This installation's template for a kind of message; None if it has none or has turned it off."""
    query = sa.select(SubscribeTemplate).where(SubscribeTemplate.key == key, SubscribeTemplate.enabled.is_(True))
    return session().scalars(query).one_or_none()


def templates() -> list[SubscribeTemplate]:
    """What the mini program may ask a citizen to subscribe to, in a steady order."""
    query = sa.select(SubscribeTemplate).where(SubscribeTemplate.enabled.is_(True)).order_by(SubscribeTemplate.key)
    return [template for template in session().scalars(query) if template.key in KINDS]


def templates_all(actor: Actor) -> dict[str, SubscribeTemplate]:
    """Every template that is set, by key, for the console. Needs message.view."""
    actor.need(Permission.MESSAGE_VIEW)
    return {template.key: template for template in session().scalars(sa.select(SubscribeTemplate))}


def keys_by_template_id() -> dict[str, str]:
    """Our key for each WeChat template id, disabled ones too: their grants still count."""
    query = sa.select(SubscribeTemplate.template_id, SubscribeTemplate.key)
    return dict(session().execute(query).tuples().all())


def set_template(
    actor: Actor, key: str, *, template_id: str, fields: Mapping[str, str], enabled: bool = True
) -> SubscribeTemplate:
    """Say which WeChat template carries a kind of message. ``fields`` maps the template's fields to our names.

    Needs system.configure.
    """
    actor.need(Permission.SYSTEM_CONFIGURE)
    _check(key, template_id, fields)
    template = session().scalars(sa.select(SubscribeTemplate).where(SubscribeTemplate.key == key)).one_or_none()
    before = None if template is None else _plain(template)
    if template is None:
        template = SubscribeTemplate(key=key, template_id=template_id)
        session().add(template)
    template.template_id, template.fields = template_id, dict(fields)
    template.enabled, template.updated_at = enabled, now()
    try:
        session().flush()
    except sa.exc.IntegrityError as error:
        raise Invalid(fields={"template_id": ["这个模板编号已用于另一种消息。"]}) from error
    identity.record(
        actor,
        "subscribe_template.set",
        subject=("subscribe_template", key),
        summary=f"设置订阅消息模板：{KINDS[key].title}",
        changes={"template": [before, _plain(template)]},
    )
    return template


def filled(template: SubscribeTemplate, data: Mapping[str, Any]) -> dict[str, str]:
    """What is sent: each field of the template with its value, cut to what WeChat takes."""
    return {field: fitting.fitted(field, data.get(name)) for field, name in template.fields.items()}


def _check(key: str, template_id: str, fields: Mapping[str, str]) -> None:
    wrong: dict[str, list[str]] = {}
    if key not in KINDS:
        wrong["key"] = ["没有这种消息。"]
    if not TEMPLATE_ID.fullmatch(template_id):
        wrong["template_id"] = ["模板编号的格式不正确，请从微信公众平台复制。"]
    if not fields or any(fitting.kind_of(field) is None for field in fields):
        wrong["fields"] = ["字段名形如 thing1、character_string2，请从模板详情复制。"]
    elif key in KINDS and any(name not in KINDS[key].says for name in fields.values()):
        wrong["fields"] = ["字段对应的内容不存在。"]
    if wrong:
        raise Invalid(fields=wrong)


def _plain(template: SubscribeTemplate) -> dict[str, Any]:
    return {"template_id": template.template_id, "fields": dict(template.fields), "enabled": template.enabled}
