"""The demo's tickets: what citizens reported in the last days, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from server.core import clock
from server.core.db import unit
from server.domain import bugs, calendar, identity, notices, tickets
from server.domain.identity import ANONYMOUS, Actor, Lifetimes
from server.domain.tickets import Channel, Kind, Severity
from server.jobs.demo.people import Cast
from server.jobs.demo.years import service_records
from server.jobs.demo.years.service_records import Hands

CITIZENS = ("王建国", "李秀英", "赵小明")
DEVICE = {
    "app_version": "1.4.1",
    "app_env": "release",
    "app_build": "41",
    "base_library": "3.7.2",
    "platform": "android",
    "brand": "HUAWEI",
    "model": "P50",
    "system": "HarmonyOS 4.2",
    "network": "4g",
    "page": "pages/notice/index",
}
LIFETIMES = Lifetimes(access=timedelta(hours=2), refresh=timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of the story: when, and what happens then."""

    at: datetime
    act: Callable[[], object]


def play(cast: Cast, openids: dict[str, str], allowed: list[str]) -> None:
    """Play the story through the doors, each step at its own moment.

    ``allowed`` are the citizens' subscriptions, one a message. They come last: nobody is told today what happened then.
    """
    citizens = {name: _registered(name, openid) for name, openid in openids.items()}
    for moment in sorted(_story(cast, citizens), key=lambda step: step.at):
        with clock.replaying(moment.at), unit():
            moment.act()
    with unit():
        for citizen in citizens.values():
            for template_id in allowed:
                notices.grant(citizen, results={template_id: notices.Answer.ACCEPT})


def _registered(name: str, openid: str) -> Actor:
    with clock.replaying(clock.now() - timedelta(days=20)), unit():
        tokens = identity.sign_in_citizen(ANONYMOUS, openid=openid, lifetimes=LIFETIMES)
        actor = identity.citizen_actor(tokens.citizen)
        notice = identity.current_privacy_notice()
        scopes = [item["key"] for item in notice.items]
        identity.give_consent(actor, version=notice.version, scopes=scopes)
        identity.set_profile(actor, nickname=name)
    return actor


class Matter:
    """A ticket on its way; its id is known once it is open."""

    def __init__(self, cast: Cast) -> None:
        self.contract_id = cast.contracts.current.id
        self.ticket: tickets.Ticket | None = None

    def bug(self, actor: Actor, title: str, text: str, **device: str) -> None:
        """Opened as a bug report."""
        made = bugs.report(actor, title=title, text=text, device=DEVICE | device, contract_id=self.contract_id)
        self.ticket = made.ticket

    def open(self, actor: Actor, **data: object) -> None:
        """Opened as anything else."""
        self.ticket = tickets.open(actor, contract_id=self.contract_id, **data)  # type: ignore[arg-type]  # the story's own words

    def step(self, verb: Callable[..., object], actor: Actor, **data: object) -> None:
        """One verb of the desk."""
        assert self.ticket is not None  # noqa: S101 - the story opens before it acts
        verb(actor, self.ticket.id, **data)

    def close(self, hands: Hands) -> None:
        """Closed as the contract asks: with its service record signed by both (A16)."""
        assert self.ticket is not None  # noqa: S101 - the story opens before it acts
        service_records.closed(hands, self.ticket.id)


def _story(cast: Cast, citizens: dict[str, Actor]) -> list[Moment]:
    lin, tang, qiao = cast.actors["lin"], cast.actors["tang"], cast.actors["qiao"]
    wang, li, zhao = citizens["王建国"], citizens["李秀英"], citizens["赵小明"]
    done, late, talk, stopped, fresh, asked, mine = (Matter(cast) for _ in range(7))
    worked = _working_days(12)
    now = clock.now()
    return [
        Moment(
            _at(worked[8], 9, 12), partial(done.bug, wang, "首页公告打不开", "点开首页公告一直转圈，退出重进也不行。")
        ),
        Moment(
            _at(worked[8], 9, 50), partial(done.step, tickets.respond, tang, text="已收到，我们正在核查安卓端公告页。")
        ),
        Moment(_at(worked[8], 9, 52), partial(done.step, tickets.assign, qiao, assignee_id=tang.id)),
        Moment(_at(worked[8], 10, 5), partial(done.step, tickets.start, tang)),
        Moment(
            _at(worked[7], 16, 30),
            partial(
                done.step, tickets.resolve, tang, text="1.4.2 版已修复，请更新后再试。", cause="公告详情接口超时未处理"
            ),
        ),
        Moment(_at(worked[7], 19, 3), partial(done.step, tickets.rate, wang, stars=5, text="修得很快，谢谢。")),
        Moment(_at(worked[6], 9, 0), partial(done.close, Hands(qiao, tang, cast.actors["zhou"], lin))),
        Moment(
            _at(worked[5], 10, 20),
            partial(
                late.bug, li, "上传营业执照照片失败", "选了照片后提示上传失败，试了三次。", page="pages/licence/upload"
            ),
        ),
        Moment(_at(worked[5], 13, 45), partial(late.step, tickets.respond, tang, text="抱歉回复晚了，请问照片多大？")),
        Moment(_at(worked[5], 14, 10), partial(late.step, tickets.add, li, text="大概 12 兆，直接拍的。")),
        Moment(
            _at(worked[4], 11, 0),
            partial(late.step, tickets.comment, tang, text="超过 10 MB 的限制，下个版本在手机端压缩。", public=False),
        ),
        Moment(_at(worked[4], 11, 5), partial(late.step, tickets.start, tang)),
        Moment(
            _at(worked[3], 9, 40), partial(talk.bug, zhao, "字体太小看不清", "我妈妈看不清办事指南的字，能不能放大？")
        ),
        Moment(
            _at(worked[3], 10, 15), partial(talk.step, tickets.respond, tang, text="可以在“我的—长辈版”中放大字体。")
        ),
        Moment(
            _at(worked[3], 10, 16), partial(talk.step, tickets.wait, tang, reason="请您试用长辈版后告诉我们是否够大。")
        ),
        Moment(
            _at(worked[2], 8, 30),
            partial(
                stopped.open,
                lin,
                kind=Kind.FAULT,
                title="小程序全部页面打不开",
                text="窗口反映小程序打开即白屏，业务停办。",
                channel=Channel.PHONE,
                severity=Severity.MAJOR,
                business_stopped=True,
                contact_name="政务大厅 3 号窗口",
                contact_phone="13800000000",
            ),
        ),
        Moment(_at(worked[2], 8, 41), partial(stopped.step, tickets.respond, qiao, text="已派员前往，同步远程排查。")),
        Moment(_at(worked[2], 8, 50), partial(stopped.step, tickets.dispatch, qiao, who="唐川")),
        Moment(_at(worked[2], 11, 20), partial(stopped.step, tickets.sign_arrival, lin, who="唐川")),
        Moment(
            _at(worked[2], 11, 45), partial(stopped.step, tickets.analyse, tang, text="服务器证书昨夜到期，双方确认。")
        ),
        Moment(
            _at(worked[2], 11, 50),
            partial(stopped.step, tickets.ask_consent, tang, proposal="更换证书并重启网关，预计中断 5 分钟。"),
        ),
        Moment(
            _at(worked[2], 12, 0),
            partial(stopped.step, tickets.consent, cast.actors["zhou"], agreed=True, text="同意。"),
        ),
        Moment(
            _at(worked[2], 13, 5),
            partial(stopped.step, tickets.resolve, tang, text="证书已更换，全部页面恢复。", cause="服务器证书到期未续"),
        ),
        Moment(
            now - timedelta(hours=3, minutes=5),
            partial(
                mine.open, zhao, kind=Kind.CONSULTATION, title="个体户注销怎么办", text="不干了想注销，要带什么材料？"
            ),
        ),
        Moment(
            now - timedelta(minutes=52),
            partial(asked.bug, li, "点评价没反应", "办完事点五星没有反应。", page="pages/rate/index"),
        ),
        Moment(
            now - timedelta(minutes=7), partial(fresh.bug, wang, "搜索企业名称报错", "搜“东湖”两个字就提示系统繁忙。")
        ),
    ]


def _working_days(count: int) -> list[datetime]:
    """The last working days before today, newest first, as Shanghai midnights."""
    known = calendar.load()
    day = clock.today()
    found: list[datetime] = []
    while len(found) < count:
        day -= timedelta(days=1)
        if known.works(day):
            found.append(datetime.combine(day, time.min, clock.LOCAL))
    return found


def _at(day: datetime, hour: int, minute: int) -> datetime:
    return day.replace(hour=hour, minute=minute)
