"""What was learnt and written down: an article from a ticket in each year, and what readers said of them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from server.domain import knowledge, tickets
from server.domain.identity import Actor
from server.domain.knowledge import Audience
from server.domain.tickets import EventKind
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at


def from_ticket(
    year: Year, ticket: str, moment: datetime, *, audience: Audience, title: str, body: str, keywords: str
) -> Story:
    """From a ticket to an article in one step; the bureau lets citizens see it."""
    yield moment
    source = tickets.find(year.maintainer, year.named[ticket])
    article = knowledge.draft(
        year.maintainer,
        title=title,
        body=body,
        audience=audience,
        keywords=keywords,
        contract_id=year.contract_id,
        source=(source.id, source.number),
    )
    tickets.log(year.maintainer, source.id, EventKind.ARTICLE_MADE, text=article.number)
    year.named[f"article_{ticket}"] = article.id
    yield moment + timedelta(hours=5)
    knowledge.publish(year.handler, article.id)
    for number, reader in enumerate(year.citizens if audience is Audience.CITIZENS else ()):
        yield moment + timedelta(days=3 + 4 * number)
        _read(reader, article.id, helped=number != 1)


def _read(reader: Actor, article_id: uuid.UUID, *, helped: bool) -> None:
    knowledge.helped(reader, article_id, yes=helped, comment="" if helped else "没写要不要带原件")


def of_a(year: Year) -> tuple[Story, ...]:
    """Year A's."""
    return (
        from_ticket(
            year,
            "labour_day",
            at(2025, 5, 7, 10),
            audience=Audience.CITIZENS,
            title="节假日可以预约吗",
            body="节假日窗口不办理业务，但可以**提前预约**节后的号。\n\n预约成功后请带身份证按时到场。",
            keywords="预约 节假日",
        ),
        from_ticket(
            year,
            "outage",
            at(2025, 8, 22, 10),
            audience=Audience.STAFF,
            title="数据库连接耗尽的处置",
            body="现象：全部页面超时。\n\n处置：停批量任务，重启应用，检查连接上限。",
            keywords="连接 超时 批量",
        ),
    )


def of_b(year: Year) -> tuple[Story, ...]:
    """Year B's."""
    return (
        from_ticket(
            year,
            "consulting",
            at(2025, 11, 20, 10),
            audience=Audience.CITIZENS,
            title="宠物寄养店怎么选经营范围",
            body="网上登记时勾选“宠物服务（不含动物诊疗）”。开展诊疗须另办许可。",
            keywords="经营范围 宠物 登记",
        ),
    )
