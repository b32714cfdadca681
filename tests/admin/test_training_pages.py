"""The pages of trainings: planning on a phone, the wall, hands, results, papers, templates; and whose they are."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
import sqlalchemy as sa
import time_machine

from server.domain import staffing, training
from server.domain.identity import Role
from server.domain.training import Attendance, State, Training, Way
from tests.factories import citizens
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories import releases as ledger
from tests.factories.calendar import seeded_calendar
from tests.factories.training import at, closed, code_of, held, opened, planned, scheduled, vendor

LIST = "/admin/trainings/"
PDF = b"%PDF-1.7\n%%EOF\n"
OUTSIDER = {
    "trainer_id": "outside",
    "trainer_name": "顾教授",
    "trainer_organisation": "临江大学",
    "trainer_title": "副教授",
}


@pytest.fixture
def friday(session):
    with time_machine.travel(at("13:30"), tick=False) as moved:
        seeded_calendar()
        yield moved


@pytest.fixture
def a(friday):
    contract = papers.contract_a()
    people.actor("zheng", contract_id=contract.id)
    people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=papers.contract_b().id)
    return contract


@pytest.fixture
def zheng(a):
    return vendor(a)


@pytest.fixture
def as_(client):
    """``as_("lin")``: the client as that officer's browser."""

    def sign_in(login):
        people.actor(login)
        officer = people.session().query(people.Officer).filter_by(login=login).one()
        return people.signed_in(client, officer)

    return sign_in


def asked(contract, **changes):
    return {
        "contract_id": str(contract.id),
        "ground": "on_site",
        "topic": "年报培训",
        "planned_start": "2025-09-26T14:00",
        "minutes": "120",
        "place": "三楼会议室",
        "audience": "登记科",
        "fixed": "true",
        **OUTSIDER,
    } | changes


def test_an_empty_list_says_how_to_begin(as_, a):
    assert "还没有培训" in as_("lin").get(LIST).text
    assert "新建培训" in as_("zheng").get(LIST).text
    assert "新建培训" not in as_("shen").get(LIST).text


def test_planned_and_scheduled_with_one_form(as_, a, session):
    assert "外部讲师" in as_("zheng").get(f"{LIST}new").text
    for change, field in (({"topic": ""}, "topic"), ({"trainer_name": ""}, "trainer_id"), ({"place": ""}, "place")):
        answer = as_("zheng").post(f"{LIST}new", data=asked(a, **change))
        assert answer.status_code == 422, field
    assert session.scalars(sa.select(Training)).first() is None
    assert as_("zheng").post(f"{LIST}new", data=asked(a)).status_code == 303
    row = session.scalars(sa.select(Training)).one()
    assert (row.state, row.place, row.planned_end) == (State.SCHEDULED, "三楼会议室", at("16:00"))
    page = as_("lin").get(f"{LIST}{row.id}").text
    assert "顾教授" in page
    assert "开放签到" in page
    assert as_("zheng").post(f"{LIST}new", data=asked(a, fixed="", place="")).status_code == 303
    assert "排期" in as_("zheng").get(f"{LIST}{row.id}").text


def test_somebody_of_the_roster_is_chosen(as_, a, session):
    wu = people.actor("wu", contract_id=a.id)
    person = staffing.assign(
        wu,
        contract_id=a.id,
        name="郑一鸣",
        role="运维工程师",
        experience_from=date(2018, 1, 1),
        experience="政务小程序运维",
        valid_from=date(2025, 3, 4),
    )
    form = as_("zheng").get(f"{LIST}new").text
    assert f'value="{person.id}" selected' in form
    assert as_("zheng").post(f"{LIST}new", data=asked(a, trainer_id=str(person.id))).status_code == 303
    row = session.scalars(sa.select(Training)).one()
    assert (row.trainer_id, row.trainer_title) == (person.id, "运维工程师")
    edit = as_("zheng").get(f"{LIST}{row.id}/edit").text
    assert f'value="{person.id}" selected' in edit
    changed = {"topic": "年报与异常名录", "mode": "remote", "place": "腾讯会议", "audience": "登记科", **OUTSIDER}
    assert as_("zheng").post(f"{LIST}{row.id}/edit", data=changed | {"place": ""}).status_code == 422
    assert as_("zheng").post(f"{LIST}{row.id}/edit", data=changed).status_code == 303
    session.expire_all()
    row = session.scalars(sa.select(Training)).one()
    assert (row.topic, row.trainer_name, row.trainer_id) == ("年报与异常名录", "顾教授", None)


def test_the_day_of_a_training(as_, a, session, friday):
    row = scheduled(a)
    path = f"{LIST}{row.id}"
    assert as_("zheng").get(f"{path}/projector").text.count("<svg") >= 1
    opened_ = as_("zheng").post(f"{path}/open")
    assert (opened_.status_code, opened_.headers["Location"]) == (303, f"{path}/projector")
    assert as_("zheng").post(f"{path}/open").status_code == 409
    wall = as_("zheng").get(f"{path}/projector").text
    digits = code_of(row, typed=True)
    assert f'aria-label="签到码 {digits}"' in wall
    assert "style=" not in wall.split("<main")[1].split("</main>")[0]
    assert 'hx-trigger="every 10s"' in wall
    training.check_in(citizens.actor("wang"), code=code_of(row), name="王建国", unit="城东所")
    part = as_("zheng").get(f"{path}/projector", headers={"HX-Request": "true"}).text
    assert "已签到 <strong>1</strong> 人" in part
    assert "<html" not in part
    person = {"name": "李四", "unit": "城西所", "phone": "13900001111", "late": "true"}
    assert as_("zheng").post(f"{path}/attend", data=person | {"name": ""}).status_code == 422
    assert as_("zheng").post(f"{path}/attend", data=person).status_code == 303
    assert as_("zheng").post(f"{path}/attend", data=person).status_code == 422
    text = as_("lin").get(path).text
    assert "手工登记" in text
    assert "139****1111" in text
    assert "13900001111" not in text
    friday.move_to(at("16:20"))
    times = {"actual_start": "2025-09-26T14:05", "actual_end": "2025-09-26T16:10", "outcome": "良好"}
    assert as_("zheng").post(f"{path}/hold", data=times | {"actual_end": "2025-09-26T14:00"}).status_code == 422
    assert as_("zheng").post(f"{path}/hold", data=times).status_code == 303
    assert "签到未开放或已结束" in as_("zheng").get(f"{path}/projector").text
    assert as_("zheng").post(f"{path}/hours", data={"hours": "2.2", "reason": "休息"}).status_code == 422
    assert as_("zheng").post(f"{path}/hours", data={"hours": "1.5", "reason": "休息"}).status_code == 303
    (hand,) = session.scalars(sa.select(Attendance).where(Attendance.way == Way.BY_HAND))
    assert as_("zheng").post(f"{LIST}attendances/{hand.id}/strike", data={"reason": "误登"}).status_code == 303
    assert as_("zheng").post(f"{path}/close").status_code == 303
    text = as_("lin").get(path).text
    assert "1.5 小时（休息）" in text
    assert "已归档" in text
    assert 'data-modal="attend"' not in text


def test_what_stands_in_the_way_of_closing_is_told(as_, a, zheng, friday):
    friday.move_to(at("17:00"))
    row = held(a, zheng, people_count=0)
    answer = as_("zheng").post(f"{LIST}{row.id}/close")
    assert (answer.status_code, "没有签到人员" in answer.text) == (409, True)


def test_put_off_and_called_off_with_reasons(as_, a):
    row = scheduled(a)
    path = f"{LIST}{row.id}"
    moved = {"planned_start": "2025-09-28T09:00", "minutes": "60", "place": "会议室", "audience": "登记科"}
    assert as_("zheng").post(f"{path}/schedule", data=moved).status_code == 422
    assert as_("zheng").post(f"{path}/schedule", data=moved | {"reason": "会议冲突"}).status_code == 303
    assert "会议冲突" in as_("lin").get(path).text
    assert as_("zheng").post(f"{path}/postpone", data={"reason": ""}).status_code == 422
    assert as_("zheng").post(f"{path}/postpone", data={"reason": "再议"}).status_code == 303
    assert as_("zheng").post(f"{path}/cancel", data={"reason": "并入下次"}).status_code == 303
    assert "并入下次" in as_("lin").get(path).text


def test_the_questionnaire_is_set_answered_and_drawn(as_, a, zheng, session):
    row = scheduled(a, zheng, asks=())
    path = f"{LIST}{row.id}"
    rows = {"rows": "3", "kind_1": "score", "text_1": "是否实用", "kind_2": "choice", "text_2": "截止日期"}
    wrong = as_("zheng").post(f"{path}/questions", data=rows | {"options_2": "6 月"})
    assert wrong.status_code == 422
    assert "2 至 6 个" in wrong.text
    more = as_("zheng").post(f"{path}/questions", data=rows | {"action": "more"}).text
    assert 'name="text_10"' in more
    assert as_("zheng").post(f"{path}/questions", data=rows | {"options_2": "6 月* / 12 月"}).status_code == 303
    assert "6 月* / 12 月" in as_("zheng").get(f"{path}/questions").text
    training.open_check_in(zheng, row.id)
    wang = citizens.actor("wang")
    training.check_in(wang, code=code_of(row), name="王建国", unit="城东所")
    training.answer(wang, row.id, answers=[5, 0])
    text = as_("lin").get(path).text
    assert "正确率 100%" in text
    assert "平均 5.0 分" in text


def test_files_and_their_download(as_, a, zheng):
    row = scheduled(a, zheng)
    path = f"{LIST}{row.id}"
    sent = {"kind": "material", "upload": (io.BytesIO(PDF), "讲义.pdf")}
    assert as_("zheng").post(f"{path}/files", data=sent).status_code == 303
    wrong = {"kind": "material", "upload": (io.BytesIO(b"MZ"), "讲义.exe")}
    assert as_("zheng").post(f"{path}/files", data=wrong).status_code == 422
    (kept,) = training.files_of(row.id)
    answer = as_("lin").get(f"{LIST}files/{kept.id}")
    assert answer.data == PDF
    assert "attachment" in answer.headers["Content-Disposition"]
    assert as_("bai").get(f"{LIST}files/{kept.id}").status_code == 404


def test_as_last_time_and_from_a_template(as_, a, zheng, session):
    row = scheduled(a, zheng)
    text = as_("zheng").get(f"{LIST}new", query_string={"last": a.id}).text
    assert f'value="{row.topic}"' in text
    source = re.search(r'name="source" value="([^"]+)"', text)[1]
    assert as_("zheng").post(f"{LIST}new", data=asked(a, source=source)).status_code == 303
    again = session.scalars(sa.select(Training).where(Training.id != row.id)).one()
    assert len(again.questions) == 3
    assert as_("zheng").post(f"{LIST}{row.id}/template", data={"name": "年报课"}).status_code == 303
    page = as_("zheng").get(f"{LIST}templates").text
    assert "年报课" in page
    kept = training.templates(zheng)[0]
    assert row.topic in as_("zheng").get(f"{LIST}new", query_string={"template": kept.id}).text
    assert as_("bai").get(f"{LIST}new", query_string={"template": kept.id}).status_code == 404
    assert "年报课" not in as_("bai").get(f"{LIST}templates").text
    assert as_("zheng").post(f"{LIST}templates/{kept.id}/retire").status_code == 303
    assert "还没有课程模板" in as_("zheng").get(f"{LIST}templates").text


def test_a_release_without_training_is_told(as_, a, session, friday):
    friday.move_to(at("10:00"))
    release = ledger.walked(ledger.pipeline(a), "1.4.2", ledger.State.REGISTERED)
    release.live_at = at("09:00")
    session.flush()
    assert "版本 1.4.2 上线后尚未培训" in as_("zheng").get(LIST).text
    assert "上线后尚未培训" not in as_("bai").get(LIST).text
    form = as_("zheng").get(f"{LIST}new", query_string={"release": release.id}).text
    assert "版本 1.4.2 功能培训" in form
    sent = asked(a, ground="after_release", release_id=str(release.id))
    assert as_("zheng").post(f"{LIST}new", data=sent).status_code == 303
    assert "上线后尚未培训" not in as_("zheng").get(LIST).text


def test_the_month_overdue_and_the_file(as_, a, zheng, friday):
    row = planned(a, zheng)
    text = as_("lin").get(f"{LIST}month", query_string={"month": "2025-09"}).text
    assert row.topic in text
    assert row.topic not in as_("lin").get(f"{LIST}month", query_string={"month": "2025-11"}).text
    friday.move_to(at("2025-09-27 09:00"))
    assert "到期未办" in as_("lin").get(LIST).text
    assert row.number in as_("lin").get(LIST, query_string={"overdue": "1"}).text
    assert row.number not in as_("lin").get(LIST, query_string={"state": "closed"}).text
    body = as_("lin").post(f"{LIST}export", data={"form": "csv", "query": "overdue=1"}).data.decode("utf-8-sig")
    assert row.number in body
    assert as_("lin").post(f"{LIST}export", data={"form": "xlsx"}).data.startswith(b"PK")


def test_papers_are_offered_when_they_can_be_had(as_, a, zheng, friday):
    row = scheduled(a, zheng)
    text = as_("zheng").get(f"{LIST}{row.id}").text
    assert "登记举办情况后可以出具" in text
    friday.move_to(at("17:00"))
    done = closed(a, zheng)
    text = as_("zheng").get(f"{LIST}{done.id}").text
    assert text.count(">出具<") == 3 or text.count("出具</button>") == 3


def test_nothing_of_another_contract(as_, a, zheng, friday):
    row = opened(a, zheng)
    person = training.check_in_by_hand(zheng, row.id, name="李四", unit="城西所")
    bai = as_("bai")
    for address in ("", "/projector", "/edit", "/questions"):
        assert bai.get(f"{LIST}{row.id}{address}").status_code == 404
    for step in (
        "schedule",
        "postpone",
        "cancel",
        "hold",
        "hours",
        "attend",
        "files",
        "template",
        "open",
        "close",
        "edit",
    ):
        assert bai.post(f"{LIST}{row.id}/{step}", data={}).status_code == 404, step
    assert bai.post(f"{LIST}attendances/{person.id}/strike", data={"reason": "x"}).status_code == 404
    assert bai.get(f"{LIST}new", query_string={"copy": row.id}).status_code == 404
    for address in ("", "month?month=2025-09", "templates"):
        assert row.topic not in bai.get(LIST + address).text
    assert row.number not in bai.post(f"{LIST}export", data={"form": "csv"}).data.decode("utf-8-sig")
    assert "请从列表中选择" in bai.post(f"{LIST}new", data=asked(a)).text


def test_the_auditor_reads(as_, a, zheng):
    row = opened(a, zheng)
    shen = as_("shen")
    text = shen.get(f"{LIST}{row.id}").text
    assert "投影签到码" not in text
    assert shen.get(f"{LIST}{row.id}/projector").status_code == 403
    assert shen.post(f"{LIST}{row.id}/close").status_code == 403
    assert shen.get(f"{LIST}new").status_code == 403


def test_a_list_asks_as_often_for_many_as_for_one(as_, a, zheng, friday, queries):
    friday.move_to(at("17:00"))
    browser = as_("zheng")
    closed(a, zheng)

    def count(address):
        with queries() as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    lists = (LIST, f"{LIST}month?month=2025-09")
    before = [count(address) for address in lists]
    rows = [closed(a, zheng) for _ in range(4)]
    assert [count(address) for address in lists] == before
    shown = f"{LIST}{rows[0].id}"
    one = count(shown)
    row = held(a, zheng, people_count=6)
    assert count(f"{LIST}{row.id}") <= one + 1
