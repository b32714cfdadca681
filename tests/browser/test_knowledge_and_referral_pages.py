"""Articles and what is handed on, in a real browser: found as one types, previewed, stepped through, readable everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from server.core import clock
from server.core.db import unit
from server.domain import knowledge, referrals
from server.domain.identity import SCHEDULER
from server.domain.knowledge import Audience, Unhelpful
from server.domain.referrals import DatabaseCard, ExternalState, Handling, Outcome, Sheet, Verdict
from tests.factories import citizens, contracts
from tests.factories import identity as people
from tests.factories import referrals as made
from tests.factories.calendar import seeded_calendar
from tests.factories.tickets import picture
from tests.support.databases import fresh_database
from tests.support.live import live_service

pytestmark = pytest.mark.browser
BODY = (
    "## 怎么办\n\n到窗口**现场**办理，带好：\n\n- 身份证\n- 营业执照副本\n\n"
    "| 窗口 | 时间 |\n|---|---|\n| 一楼 3 号 | 工作日 9:00–17:00 |\n"
)
ARTICLES = (
    ("如何领取营业执照", "执照 领取 窗口", Audience.CITIZENS),
    ("小程序打不开怎么办", "白屏 转圈", Audience.CITIZENS),
    ("交换任务未启动的处理步骤", "交换 重推", Audience.STAFF),
    ("公告图片不显示", "公告 图片", Audience.CITIZENS),
)


def articles(contract_id: Any) -> None:
    """Some articles: published, changed since, for staff; one that helped few."""
    wrote = [
        knowledge.draft(SCHEDULER, title=title, body=BODY, keywords=words, audience=audience, contract_id=contract_id)
        for title, words, audience in ARTICLES
    ]
    for article in wrote[:3]:
        knowledge.publish(SCHEDULER, article.id)
    knowledge.revise(
        SCHEDULER, wrote[0].id, version=1, title=ARTICLES[0][0], body=BODY, keywords="执照", note="改了窗口"
    )
    for who, yes in (("wang", False), ("li", False), ("zhao", True)):
        reason = None if yes else Unhelpful.OUTDATED
        knowledge.helped(
            citizens.actor(who), wrote[1].id, yes=yes, reason=reason, comment="" if yes else "窗口已经搬了"
        )


def handed_on(contract: Any) -> Sheet:
    """Sheets in every state, with a screenshot; a requirement, an application, a talk, a database."""
    long_ago = clock.now() - timedelta(days=40)
    sheet = made.sheet(
        contract,
        found_at=long_ago,
        module="企业登记",
        reporter_unit="越城分局",
        steps="1. 登录\n2. 点“变更登记”\n3. 保存",
    )
    referrals.add_paper(SCHEDULER, sheet.id, name="报错截图.png", raw=picture())
    referrals.send_sheet(SCHEDULER, sheet.id, to="省一体化平台项目组", sent_at=long_ago + timedelta(hours=2))
    referrals.judge_sheet(
        SCHEDULER,
        sheet.id,
        verdict=Verdict.DEFECT,
        handling=Handling.PROVINCE,
        analysis="名称核准接口超时，缓存未刷新。",
        returned_at=long_ago + timedelta(days=2),
        planned_on=clock.local_day(long_ago) + timedelta(days=20),
        external_number="ZJ-2026-0815",
    )
    referrals.note_external(SCHEDULER, Sheet, sheet.id, state=ExternalState.REPORTED_FIXED, text="项目组称已发布补丁")
    made.sheet(contract, title="经营范围条目缺失", found_at=clock.now() - timedelta(days=3))
    done = made.sheet(contract, title="操作手册找不到")
    referrals.send_sheet(SCHEDULER, done.id, to="省一体化平台项目组")
    referrals.judge_sheet(
        SCHEDULER, done.id, verdict=Verdict.OPERATION, handling=Handling.NOBODY, analysis="在帮助中心。"
    )
    referrals.settle_sheet(SCHEDULER, done.id, outcome=Outcome.EXPLAINED, result="已告知位置。")
    referrals.forward_requirement(SCHEDULER, made.requirement(contract).id, to="省局业务处")
    referrals.submit_application(SCHEDULER, made.application(contract).id, to="市数据局")
    made.liaison(contract, follow_up="确认次日推送是否恢复", follow_up_on=clock.today())
    referrals.note_database(
        SCHEDULER,
        DatabaseCard(
            name="市级前置库（生产）", product="达梦 8", address="qz-db01:5236", account="sjjh", keeper="市数据局运维处"
        ),
        contract_id=contract.id,
    )
    return sheet


@pytest.fixture
def service(tmp_path: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The service with all of it, the cookies of two officers, and the path of one sheet."""
    with fresh_database("sqlite", tmp_path) as database, live_service(database, tmp_path) as (app, url):
        with unit():
            seeded_calendar()
            contract = contracts.contract_a()
            articles(contract.id)
            sheet = handed_on(contract)
            officers = {"lin": people.officer("lin"), "zheng": people.officer("zheng", contract_id=contract.id)}
            cookies = {login: people.open_session(officer) for login, officer in officers.items()}
        name = app.extensions["console_cookie"]
        yield url, {"cookie": name, "sheet": f"sheets/{sheet.id}", **cookies}


def sitting(look: Any, service: Any, login: str, **kwargs: Any) -> Any:
    url, kept = service
    context = kwargs.pop("context", None) or look.context(**kwargs)
    context.add_cookies([{"name": kept["cookie"], "value": kept[login], "url": url}])
    return context


def test_an_article_is_found_as_one_types_and_previewed(look: Any, service: Any) -> None:
    url, _ = service
    page = look.page(sitting(look, service, "lin"))
    page.goto(f"{url}/admin/knowledge/")
    page.locator("#filter-q").press_sequentially("执照", delay=20)
    page.locator("mark", has_text="执照").first.wait_for()
    look.shoot(page, "knowledge-search")
    page.goto(f"{url}/admin/knowledge/new")
    page.locator("#field-title").fill("发票怎么开")
    page.locator("#field-body").fill(BODY)
    page.locator("#article-preview").get_by_role("heading", name="怎么办").wait_for()
    look.shoot(page, "knowledge-new")
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_url("**/admin/knowledge/*-*")
    # What is changed is seen at once as its readers see it.
    page.get_by_role("link", name="修改").click()
    page.locator("#article-preview").get_by_role("heading", name="怎么办").wait_for()
    look.shoot(page, "knowledge-edit")


def test_a_sheet_is_settled_by_the_bureau(look: Any, service: Any) -> None:
    url, kept = service
    page = look.page(sitting(look, service, "zheng"))
    page.goto(f"{url}/admin/referrals/{kept['sheet']}")
    assert page.get_by_role("button", name="办结").count() == 0
    page = look.page(sitting(look, service, "lin"))
    page.goto(f"{url}/admin/referrals/{kept['sheet']}")
    page.get_by_role("button", name="办结").click()
    page.locator("#settle-outcome").select_option("fixed_by_province")
    page.locator("#settle-result").fill("已核实，恢复正常。")
    look.shoot(page, "sheet-settling")
    page.locator("#step-settle").get_by_role("button", name="办结").click()
    page.get_by_text("省级已修复").first.wait_for()


PAGES = (
    *("knowledge/", "knowledge/?q=窗口", "knowledge/new", "referrals/", "referrals/requirements/"),
    *("referrals/applications/", "referrals/liaison/", "referrals/sheets/new", "referrals/liaison/new"),
    *("referrals/databases/new", "{sheet}", "{sheet}/print", "{article}", "{requirement}", "{application}", "{talk}"),
)


def addresses(service: Any) -> list[tuple[str, str]]:
    """The pages to look at, with a name for each."""
    _, kept = service
    officer = people.actor("lin")
    with unit():
        one = {
            "sheet": f"referrals/{kept['sheet']}",
            "article": f"knowledge/{knowledge.wanting(officer)[0][0].id}",
        }
        for name, model in (("requirement", referrals.Requirement), ("application", referrals.Application)):
            [line] = [each for each in referrals.unsettled(officer) if each.kind.value == name]
            one[name] = f"referrals/{model.__tablename__.removeprefix('referral_')}/{line.id}"
        from server.core.db import session

        [talk] = session().scalars(referrals.matching(officer, referrals.Liaison))
        one["talk"] = f"referrals/liaison/{talk.id}"
    return [(path.strip("/{}").replace("/", "-").replace("}", ""), path.format(**one)) for path in PAGES]


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_every_page_fits_its_window(look: Any, service: Any, width: int, dark: bool) -> None:
    url, _ = service
    page = look.page(sitting(look, service, "lin", width=width, dark=dark))
    for name, path in addresses(service):
        page.goto(f"{url}/admin/{path}")
        look.shoot(page, f"h7-{name}-{width}{'-dark' if dark else ''}")
        assert look.overflow(page) <= 0, path


def test_every_page_is_open_to_everybody(look: Any, service: Any) -> None:
    """axe writes styles of its own into the page, so it looks where our policy does not hold."""
    url, _ = service
    context = look.browser.new_context(bypass_csp=True, locale="zh-CN")
    look.contexts.append(context)
    page = sitting(look, service, "lin", context=context).new_page()
    for _, path in addresses(service):
        page.goto(f"{url}/admin/{path}")
        assert look.serious(page) == []
