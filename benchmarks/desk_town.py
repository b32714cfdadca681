"""A desk as years fill it: tickets of both contracts with clocks, logs and Chinese texts, written in bulk.

The rows are what the doors would have written; the trail and the proofs of other rooms are left out.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.app import Service
from server.core import clock, crypto
from server.core.db import session, table, unit
from server.core.ids import new_id
from server.domain import identity, tickets
from server.domain.identity import ANONYMOUS, ActorKind, Lifetimes
from server.domain.tickets import (
    Basis,
    Channel,
    ClockKind,
    Consent,
    ContentState,
    EventKind,
    Kind,
    Scope,
    Severity,
    Ticket,
    TicketClock,
    TicketEvent,
    TicketState,
)
from server.domain.tickets.intake import contact_place
from tests.support import town

BATCH = 2500
DAYS = 1000
CITIZENS = 200
# Of a desk that is kept in order few tickets are open, whatever the years have heaped up.
OPEN = 900
LIFETIMES = Lifetimes(access=timedelta(hours=8), refresh=timedelta(days=30))
S, E = TicketState, EventKind
PLACES = (
    "首页",
    "公告栏",
    "登录页",
    "个人中心",
    "企业查询",
    "名称申报",
    "年报填报",
    "注销公告",
    "股权出质",
    "许可办理",
    "证照下载",
    "投诉入口",
    "预约取号",
    "消息中心",
)
FAULTS = (
    "打不开，一直转圈",
    "提示网络异常",
    "加载后一片空白",
    "显示的数据不是最新的",
    "点击没有反应",
    "提示系统繁忙",
    "验证码收不到",
    "页面文字重叠",
    "附件上传失败",
    "统计数量对不上",
    "交换任务未启动",
    "增量数据没有推送",
    "查询结果缺少字段",
    "导出的表格乱码",
)
TAILS = (
    "请尽快处理。",
    "窗口群众在等。",
    "已重启手机仍不行。",
    "昨天还是好的。",
    "换了两台手机都一样。",
    "截图见附件。",
    "多位同事反映同样情况。",
)
# Names of places that a few dozen tickets each have, and one that a handful has.
AREAS = (
    "越城",
    "柯桥",
    "上虞",
    "诸暨",
    "嵊州",
    "新昌",
    "川汇",
    "淮阳",
    "扶沟",
    "西华",
    "商水",
    "沈丘",
    "郸城",
    "太康",
    "鹿邑",
    "项城",
)
SELDOM = "斗门"
ANSWERS = (
    "已收到，正在核查。",
    "已定位到缓存服务，正在修复。",
    "请更新到最新版本后重试。",
    "已联系省平台，等待反馈。",
    "数据已重新推送，请核对。",
)
CAUSES = ("缓存过期后没有刷新", "省级接口超时", "前置库连接数用尽", "配置项缺失", "用户网络问题")
PEOPLE = ("王芳", "李强", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄婷", "周涛", "吴娟")
OFFICE = {"organisation": town.BUREAU, "by_vendor": False}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who reports and who works, for drawing."""

    settled: town.Town
    citizens: Sequence[uuid.UUID]


def settle(app: Service) -> Crowd:
    """People, contracts, calendar and citizens, through the doors."""
    settled = town.found(app)
    with app.app_context(), unit():
        signed = [
            identity.sign_in_citizen(ANONYMOUS, openid=f"openid-{number}", lifetimes=LIFETIMES)
            for number in range(CITIZENS)
        ]
        return Crowd(settled, [each.citizen.id for each in signed])


def fill(app: Service, crowd: Crowd, first: int, last: int, *, of: int) -> None:
    """The tickets ``first`` to ``last`` of ``of``, oldest first; the same ones in every run."""
    with app.app_context():
        now = clock.now()
        for start in range(first, last, BATCH):
            made = [_matter(crowd, now, number, of) for number in range(start, min(start + BATCH, last))]
            with unit():
                for model, place in ((Ticket, 0), (TicketEvent, 1), (TicketClock, 2)):
                    rows = [row for matter in made for row in matter[place]]
                    session().connection().execute(sa.insert(table(model)), rows)


def phone_of(number: int) -> str:
    """The number that was noted with this ticket, if it came in by a call."""
    return f"139{number:08d}"


Rows = list[dict[str, Any]]
Matter = tuple[Rows, Rows, Rows]


def _matter(crowd: Crowd, now: datetime, number: int, of: int) -> Matter:
    draw = random.Random(number)
    received = now - timedelta(days=DAYS) * (1 - number / of) - timedelta(minutes=draw.random() * 50)
    exchange = draw.random() < 0.3
    state = _state(draw, of - number, min(OPEN, of // 20))
    ticket = _ticket(crowd, draw, number, received, state, exchange=exchange)
    log = list(_log(crowd, draw, ticket))
    ticket["version"], ticket["updated_at"] = len(log), log[-1]["recorded_at"]
    return [ticket], log, [_clock(draw, ticket, exchange=exchange)]


def _state(draw: random.Random, age: int, open_ones: int) -> TicketState:
    """The newest are open, and one in five hundred of the rest, which nobody closes."""
    if age <= open_ones or draw.random() < 0.002:
        return draw.choices((S.NEW, S.RESPONDED, S.IN_PROGRESS, S.WAITING), (3, 2, 4, 1))[0]
    return draw.choices((S.RESOLVED, S.CLOSED, S.CANCELLED), (1, 96, 3))[0]


def _ticket(
    crowd: Crowd, draw: random.Random, number: int, received: datetime, state: TicketState, *, exchange: bool
) -> dict[str, Any]:
    key, people = new_id(), crowd.settled.people
    channel = draw.choice((*Channel, Channel.MINI_PROGRAM, Channel.MINI_PROGRAM))
    by_phone = channel is Channel.PHONE
    title = f"{draw.choice(AREAS)}分局反映{draw.choice(PLACES)}{draw.choice(FAULTS)}"
    worker, name = ("bai", "白露") if exchange else draw.choice((("zheng", "郑一鸣"), ("lin", "林岚")))
    answered = state not in (S.NEW, S.CANCELLED)
    solved = received + timedelta(hours=draw.uniform(2, 90)) if state in (S.RESOLVED, S.CLOSED) else None
    seldom = SELDOM if number % 9973 == 0 else ""
    row: dict[str, Any] = dict.fromkeys(column.key for column in sa.inspect(Ticket).column_attrs)
    return row | {
        "id": key,
        "number": f"BM-{received.year}-{number:06d}",
        "kind": draw.choice(list(Kind)),
        "title": title,
        "text": f"{title}。{seldom}{draw.choice(TAILS)}{draw.choice(TAILS)}操作时间约{received:%H:%M}，编号{number}。"
        * 2,
        "content_state": ContentState.PASS,
        "severity": draw.choices(list(Severity), (2, 6, 2, 0.2))[0],
        "business_stopped": False,
        "scope": Scope.INSIDE,
        "channel": channel,
        "state": state,
        "contract_id": crowd.settled.data_exchange if exchange else crowd.settled.mini_program,
        "reporter_id": draw.choice(crowd.citizens) if channel is Channel.MINI_PROGRAM else None,
        "contact_name": draw.choice(PEOPLE) if by_phone else "",
        "contact_sealed": crypto.ring().seal(phone_of(number), contact_place(key)) if by_phone else None,
        "contact_index": tickets.phone_index(phone_of(number)) if by_phone else None,
        "opened_by_kind": ActorKind.OFFICER,
        "opened_by_id": people["lin"],
        "assignee_id": people[worker] if answered else None,
        "assignee_name": name if answered else "",
        "cause": draw.choice(CAUSES) if solved else "",
        "received_at": received,
        "responded_at": received + timedelta(minutes=draw.uniform(2, 130)) if answered else None,
        "resolved_at": solved,
        "closed_at": solved + timedelta(days=2) if solved and state is S.CLOSED else None,
        "updated_at": received,
        "reopened_count": 0,
        "stars": draw.choice((None, None, 5, 4, 2)) if state is S.CLOSED else None,
        "consent": Consent.NONE,
        "consulted_system": "",
        "version": 1,
    }


def _log(crowd: Crowd, draw: random.Random, ticket: dict[str, Any]) -> Iterator[dict[str, Any]]:
    opened = {"severity": ticket["severity"].value, "business_stopped": False, "channel": ticket["channel"].value}
    yield _line(crowd, ticket, 1, E.OPENED, ticket["received_at"], S.NEW, **opened)
    at = ticket["responded_at"]
    if at is None:
        return
    yield _line(crowd, ticket, 2, E.RESPONDED, at, S.RESPONDED, text=draw.choice(ANSWERS))
    yield _line(crowd, ticket, 3, E.ASSIGNED, at, S.RESPONDED)
    yield _line(crowd, ticket, 4, E.COMMENTED, at + timedelta(minutes=9), S.RESPONDED, text=draw.choice(ANSWERS))
    if ticket["resolved_at"] is None:
        return
    yield _line(crowd, ticket, 5, E.RESOLVED, ticket["resolved_at"], S.RESOLVED, text="已修复，请重新进入小程序。")
    if ticket["closed_at"] is not None:
        yield _line(crowd, ticket, 6, E.CLOSED, ticket["closed_at"], S.CLOSED)


def _line(
    crowd: Crowd, ticket: dict[str, Any], seq: int, kind: EventKind, at: datetime, state: TicketState, **data: Any
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "ticket_id": ticket["id"],
        "seq": seq,
        "kind": kind,
        "at": at,
        "recorded_at": at,
        "actor_kind": ActorKind.OFFICER,
        "actor_id": crowd.settled.people["lin"],
        "actor_name": "林岚",
        **OFFICE,
        "public": kind is not E.ASSIGNED,
        "text": data.pop("text", ""),
        "content_state": ContentState.PASS,
        "data": {**data, "state": state.value},
    }


def _clock(draw: random.Random, ticket: dict[str, Any], *, exchange: bool) -> dict[str, Any]:
    hours = draw.choice((2, 2, 4))
    return {
        "id": new_id(),
        "ticket_id": ticket["id"],
        "kind": ClockKind.RESPONSE,
        "basis": Basis.NOT_AGREED if exchange else Basis.AGREED,
        "started_at": ticket["received_at"],
        "due_at": None if exchange else ticket["received_at"] + timedelta(hours=hours),
        "met_at": ticket["responded_at"],
        "provisional": False,
        "calendar_version": 1,
        "contract_revision": 1,
        "note": "",
    }
