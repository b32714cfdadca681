"""Subscribe-message templates, what each user granted or refused, and what was sent."""

import random
from dataclasses import asdict, dataclass
from typing import Any

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.fields import fault_of, kind_of

ONCE, LONG_TERM = 2, 3


@dataclass(frozen=True, slots=True)
class Template:
    """``fields`` maps a typed key to its label; ``type`` 2 is one grant one message, 3 is long-term."""

    id: str
    title: str
    fields: dict[str, str]
    type: int = ONCE

    def as_wechat(self) -> dict[str, Any]:
        """The row of wxaapi/newtmpl/gettemplate."""
        return {
            "priTmplId": self.id,
            "title": self.title,
            "content": "".join(f"{label}:{{{{{key}.DATA}}}}\n" for key, label in self.fields.items()),
            "example": "".join(f"{label}:示例\n" for label in self.fields.values()),
            "type": self.type,
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One delivered subscribe message."""

    msg_id: str
    openid: str
    template_id: str
    title: str
    lines: dict[str, str]
    data: dict[str, str]
    page: str
    miniprogram_state: str
    lang: str
    at: float


@dataclass(slots=True)
class Grant:
    """How many messages may still be sent; ``refused`` is the standing "always refuse"."""

    count: int = 0
    refused: bool = False


TICKET_FIELDS = {
    "character_string1": "问题编号",
    "thing2": "问题摘要",
    "phrase3": "处理状态",
    "time4": "时间",
    "thing5": "说明",
}
DEFAULT_TEMPLATES = (
    Template(
        "SimTicketAnswered00000000000000000000000001",
        "问题处理结果通知",
        TICKET_FIELDS,
    ),
    Template(
        "SimTicketReceived00000000000000000000000002",
        "问题受理通知",
        TICKET_FIELDS,
    ),
    Template(
        "SimNoticePublished0000000000000000000000003",
        "公告发布通知",
        {"thing1": "公告标题", "date2": "发布日期", "thing3": "温馨提示"},
        LONG_TERM,
    ),
)


class Subscriptions:
    """Everything between the consent pop-up and the message on the phone."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._templates = {template.id: template for template in DEFAULT_TEMPLATES}
        self._grants: dict[tuple[str, str], Grant] = {}
        self.sent: list[Message] = []

    def define(self, template_id: str, title: str, fields: dict[str, str], type: int = ONCE) -> Template:
        """Add a template, or replace the one of that id; ValueError for an unknown field kind."""
        for key in fields:
            kind_of(key)
        template = self._templates[template_id] = Template(template_id, title, dict(fields), type)
        return template

    def remove(self, template_id: str) -> None:
        """The bureau deleted it in the console; sending then answers 40037."""
        self._templates.pop(template_id, None)

    def templates(self) -> list[Template]:
        """In order of definition."""
        return list(self._templates.values())

    def template(self, template_id: object) -> Template:
        """40037 when there is none."""
        found = self._templates.get(template_id) if isinstance(template_id, str) else None
        if found is None:
            raise WxError(40037)
        return found

    def accept(self, openid: str, template_id: str, count: int = 1) -> None:
        """The user pressed allow; a long-term template needs it once."""
        grant = self._grant(openid, template_id)
        grant.count += count
        grant.refused = False

    def refuse(self, openid: str, template_id: str) -> None:
        """The user refuses this template from now on; grants in hand are gone."""
        self._grants[openid, template_id] = Grant(0, refused=True)

    def grants(self, openid: str) -> dict[str, dict[str, Any]]:
        """By template id."""
        return {tid: asdict(grant) for (owner, tid), grant in self._grants.items() if owner == openid}

    def send(
        self, openid: str, template: Template, values: dict[str, str], *, page: str, state: str, lang: str
    ) -> Message:
        """Spend a grant and deliver; 43101 when refused or used up."""
        grant = self._grant(openid, template.id)
        if grant.refused or grant.count <= 0:
            raise WxError(43101)
        if template.type == ONCE:
            grant.count -= 1
        message = Message(
            msg_id=str(self._rng.randrange(10**18, 9 * 10**18)),
            openid=openid,
            template_id=template.id,
            title=template.title,
            lines={label: values[key] for key, label in template.fields.items()},
            data=values,
            page=page,
            miniprogram_state=state,
            lang=lang,
            at=self._clock.now(),
        )
        self.sent.append(message)
        return message

    def _grant(self, openid: str, template_id: str) -> Grant:
        return self._grants.setdefault((openid, template_id), Grant())


def values_of(template: Template, data: object) -> dict[str, str]:
    """The texts for every field of the template; 47003 naming the first one that does not fit."""
    if not isinstance(data, dict):
        raise WxError(47003, "data invalid")
    values = {}
    for key in template.fields:
        cell = data.get(key)
        value = cell.get("value") if isinstance(cell, dict) else None
        fault = fault_of(key, value) if value is not None else f"data.{key}.value is empty"
        if fault:
            raise WxError(47003, fault)
        values[key] = str(value)
    return values
