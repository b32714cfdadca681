"""The second half of the flags' pages: revisions, history, requests, promotion, playground, exchange, keys, stale, rules."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.domain import flags
from server.domain.flags import ChangeRequest, Environment, RequestState
from tests.admin.conftest import Desk
from tests.factories import flags as factory
from tests.factories.identity import actor

DEVELOP, TRIAL, RELEASE = Environment
KEY = "new-search"


def publish(environment: Environment = DEVELOP, reason: str = "录入", **changes: Any) -> flags.Revision:
    change = factory.change(environment, factory.flag_document(KEY, **changes))
    return flags.publish(actor("zheng"), environment, [change], reason=reason)


def propose(reason: str = "放量", **changes: Any) -> ChangeRequest:
    change = factory.change(RELEASE, factory.flag_document(KEY, **changes))
    return flags.propose(actor("zheng"), RELEASE, [change], reason=reason)


@pytest.fixture
def zheng(mini_program_desk: Desk) -> FlaskClient:
    return mini_program_desk.sit("zheng")


def test_revisions_are_listed_compared_and_exported(zheng: FlaskClient) -> None:
    publish()
    publish(reason="灰度一成", rules=[factory.gray(1000)])
    listed = zheng.get("/admin/flag-revisions/develop").text
    assert "第 2 版" in listed
    assert "灰度一成" in listed
    assert "录入" not in zheng.get("/admin/flag-revisions/develop?q=一成", headers={"HX-Request": "true"}).text
    shown = zheng.get("/admin/flag-revisions/develop/2").text
    assert "新增规则「灰度」" in shown
    assert "sides-new" in shown
    assert "没有差别" in zheng.get("/admin/flag-revisions/develop/2?with=2").text
    assert "新增开关" in zheng.get("/admin/flag-revisions/develop/2?with=0").text
    assert zheng.get("/admin/flag-revisions/").location.endswith("/admin/flag-revisions/release")
    for wrong in ("nowhere", "develop/9", "develop/2?with=9"):
        assert zheng.get(f"/admin/flag-revisions/{wrong}").status_code == 404


def test_a_list_of_revisions_costs_the_same_whatever_its_length(zheng: FlaskClient, queries: Any) -> None:
    publish()
    zheng.get("/admin/flag-revisions/develop")
    with queries() as one:
        zheng.get("/admin/flag-revisions/develop")
    for share in (1000, 2000, 3000):
        publish(rules=[factory.gray(share)])
    zheng.get("/admin/flag-revisions/develop")
    with queries() as four:
        zheng.get("/admin/flag-revisions/develop")
    assert len(four) == len(one)


def test_going_back_shows_what_it_does_and_makes_a_new_revision(zheng: FlaskClient, mini_program_desk: Desk) -> None:
    publish()
    publish(enabled=False)
    page = zheng.get("/admin/flag-revisions/develop/1").text
    assert "停用 → 启用" in page
    refused = zheng.post("/admin/flag-revisions/develop/1/roll-back", data={"reason": ""})
    assert refused.status_code == 422
    done = zheng.post("/admin/flag-revisions/develop/1/roll-back", data={"reason": "先退回"})
    assert done.location.endswith("/admin/flag-revisions/develop/3")
    assert flags.content(DEVELOP).flags[KEY]["enabled"] is True
    assert (
        mini_program_desk.sit("lin").post("/admin/flag-revisions/develop/1/roll-back", data={"reason": "x"}).status_code
        == 403
    )


def test_one_flags_history_runs_over_the_environments(zheng: FlaskClient) -> None:
    publish()
    publish(TRIAL, reason="体验版也要")
    text = zheng.get(f"/admin/flag-history/{KEY}").text
    assert "录入" in text
    assert "体验版也要" in text
    assert "体验版也要" not in zheng.get(f"/admin/flag-history/{KEY}?environment=develop").text
    assert zheng.get("/admin/flag-history/nothing").status_code == 404


def test_a_request_is_approved_by_another_person_bound_to_what_was_shown(mini_program_desk: Desk) -> None:
    made = propose()
    own = mini_program_desk.sit("zheng").get(f"/admin/flag-requests/{made.id}").text
    assert "双人原则" in own
    assert 'data-modal="approve"' not in own
    zhou = mini_program_desk.sit("zhou")
    assert "放量" in zhou.get("/admin/flag-requests/").text
    page = zhou.get(f"/admin/flag-requests/{made.id}").text
    assert re.search(rf'name="content_hash" value="{made.content_hash}"', page)
    wrong = zhou.post(f"/admin/flag-requests/{made.id}/approve", data={"content_hash": "0" * 64})
    assert wrong.status_code == 409
    assert flags.head(RELEASE) == 0
    done = zhou.post(f"/admin/flag-requests/{made.id}/approve", data={"content_hash": made.content_hash})
    assert done.status_code == 303
    assert flags.head(RELEASE) == 1
    assert flags.find_request(actor("zhou"), made.id).state is RequestState.APPLIED


def test_approving_asks_for_the_password_again(mini_program_desk: Desk) -> None:
    made = propose()
    zhou = mini_program_desk.sit("zhou", stepped_up=False)
    answer = zhou.post(f"/admin/flag-requests/{made.id}/approve", data={"content_hash": made.content_hash})
    assert "step-up" in answer.location
    assert flags.head(RELEASE) == 0


def test_a_request_is_rejected_with_a_reason_or_withdrawn_by_its_author(mini_program_desk: Desk) -> None:
    one, other = propose(), propose(reason="另一项", default="on")
    zhou = mini_program_desk.sit("zhou")
    assert zhou.post(f"/admin/flag-requests/{one.id}/reject", data={"reason": ""}).status_code == 422
    assert zhou.post(f"/admin/flag-requests/{one.id}/reject", data={"reason": "还没验证"}).status_code == 303
    assert "还没验证" in zhou.get(f"/admin/flag-requests/{one.id}").text
    zheng = mini_program_desk.sit("zheng")
    assert zheng.post(f"/admin/flag-requests/{other.id}/approve", data={}).status_code == 403
    assert zheng.post(f"/admin/flag-requests/{other.id}/withdraw").status_code == 303
    assert "已撤回" in zheng.get("/admin/flag-requests/?box=all&state=withdrawn").text


def test_promotion_shows_what_differs_runs_dry_and_asks(zheng: FlaskClient) -> None:
    publish()
    publish(TRIAL)
    assert "一致" in zheng.get("/admin/flag-promotion/?source=develop").text
    page = zheng.get("/admin/flag-promotion/?source=trial").text
    assert "待晋级" in page
    assert zheng.get("/admin/flag-promotion/preview?source=trial").status_code == 303
    dry = zheng.get(f"/admin/flag-promotion/preview?source=trial&keys={KEY}").text
    assert "新增开关" in dry
    seen = re.search(r'name="seen" value="([^"]+)"', dry)
    assert seen is not None
    data = {"source": "trial", "seen": seen[1], "keys": KEY, "reason": "体验版验证通过"}
    assert zheng.post("/admin/flag-promotion/", data=data | {"seen": "other"}).status_code == 422
    assert zheng.post("/admin/flag-promotion/", data=data).status_code == 303
    assert flags.head(RELEASE) == 0
    assert zheng.get("/admin/flag-promotion/?source=release").status_code == 404


def test_where_both_sides_changed_one_side_is_chosen(zheng: FlaskClient) -> None:
    publish()
    flags.promote(actor("zheng"), DEVELOP, TRIAL, [KEY], reason="首次")
    publish(rules=[factory.gray(1000)])
    publish(TRIAL, rules=[factory.gray(5000)])
    assert "双方都改过" in zheng.get("/admin/flag-promotion/?source=develop").text
    torn = zheng.get(f"/admin/flag-promotion/preview?source=develop&keys={KEY}").text
    assert "以开发版为准" in torn
    assert "请先为每一项选择以哪边为准" in torn
    chosen = zheng.get(f"/admin/flag-promotion/preview?source=develop&keys={KEY}&prefer={KEY}").text
    assert "on 50% → 10%" in chosen


def test_the_playground_says_who_gets_what_and_why(zheng: FlaskClient) -> None:
    since = {"attribute": "version", "op": "at_least", "values": ["1.5.0"], "missing": False}
    rules = [{"name": "新版本", "when": [since], "serve": {"variant": "on"}}, factory.gray(10_000)]
    publish(rules=rules)
    page = zheng.get("/admin/flag-playground/?environment=develop&version=1.4.2&version=1.5.0&targetingKey=u1").text
    assert "实际为 &#34;1.4.2&#34;" in page
    assert "落在这里" in page
    assert "没有走到" in page
    assert "返回 on" in page
    part = zheng.get("/admin/flag-playground/?environment=develop&more=x", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "程序默认值" not in part
    assert "应写作" in zheng.get("/admin/flag-playground/?environment=develop&more=x").text
    assert "没有第 9 版" in zheng.get("/admin/flag-playground/?environment=develop&number=9&at=nonsense").text


def test_whom_a_change_would_touch_is_told_of_revisions_and_of_requests(zheng: FlaskClient) -> None:
    publish()
    publish(default="on")
    page = zheng.get("/admin/flag-playground/reach?environment=develop&before=1&after=2").text
    assert "无法推算影响" in page
    assert "默认变体：off → on" in page
    assert "没有这一版" in zheng.get("/admin/flag-playground/reach?environment=develop&after=9").text
    made = propose()
    assert "新增开关" in zheng.get(f"/admin/flag-playground/reach?request={made.id}").text


def test_what_is_exported_comes_back_unchanged(zheng: FlaskClient) -> None:
    publish(rules=[factory.gray(1000)])
    file = zheng.post("/admin/flag-exchange/develop/download")
    assert file.headers["Content-Disposition"].endswith('"flags-develop-1.json"')
    assert set(file.json["flags"]) == {KEY}
    data = {"environment": "develop", "mode": "replace", "file": (io.BytesIO(file.data), "flags.json")}
    same = zheng.post("/admin/flag-exchange/preview", data=data, content_type="multipart/form-data").text
    assert "完全一致" in same


def test_an_import_is_looked_at_first_and_then_written(zheng: FlaskClient) -> None:
    publish()
    document = zheng.post("/admin/flag-exchange/develop/download").json
    del document["$authoring"]
    document["flags"]["other"] = {"state": "ENABLED", "variants": {"on": True}, "defaultVariant": "on"}
    text = json.dumps(document)
    page = zheng.post("/admin/flag-exchange/preview", data={"environment": "develop", "text": text}).text
    base = re.search(r'name="base" value="([^"]+)"', page)
    assert base is not None
    assert flags.head(DEVELOP) == 1
    data = {"environment": "develop", "text": text, "base": base[1], "reason": "迁入"}
    stale = zheng.post("/admin/flag-exchange/apply", data=data | {"base": "x"})
    assert stale.status_code == 422
    assert zheng.post("/admin/flag-exchange/apply", data=data).location.endswith("/develop/2")
    assert set(flags.content(DEVELOP).flags) == {KEY, "other"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "不是有效的 JSON"),
        ("[]", "flagd"),
        ('{"flags": {"a": {"state": "HALF", "variants": {"on": true}}}}', "flags.a"),
        ("", "请选择文件"),
    ],
)
def test_a_wrong_import_is_refused_in_words(zheng: FlaskClient, text: str, sentence: str) -> None:
    answer = zheng.post("/admin/flag-exchange/preview", data={"environment": "develop", "text": text})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_key_is_issued_shown_once_and_revoked(mini_program_desk: Desk) -> None:
    chen = mini_program_desk.sit("chen")
    assert "没有有效的密钥" in chen.get("/admin/flag-keys/").text
    wrong = {"name": "大屏", "environment": "release", "origins": "not-a-page"}
    assert chen.post("/admin/flag-keys/new", data=wrong).status_code == 422
    page = chen.post("/admin/flag-keys/new", data=wrong | {"origins": ""}).text
    secret = re.search(r"sjf_\w+", page)
    assert secret is not None
    key = flags.key_by_secret(re.findall(r"<span>(sjf_[^<]+)</span>", page)[0])
    assert key is not None
    assert chen.post(f"/admin/flag-keys/{key.id}/revoke").status_code == 303
    assert "已撤销" in chen.get("/admin/flag-keys/?all=1").text
    assert mini_program_desk.sit("zheng").get("/admin/flag-keys/").status_code == 403


def test_a_stale_flag_is_listed_and_put_off(mini_program_desk: Desk) -> None:
    publish(expires_on="2020-01-01")
    zheng = mini_program_desk.sit("zheng")
    assert "已过" in zheng.get("/admin/flag-stale/develop").text
    wrong = zheng.post(f"/admin/flag-stale/develop/{KEY}/snooze", data={"until": "2020-01-01", "reason": "x"})
    assert wrong.status_code == 422
    assert mini_program_desk.sit("lin").post(f"/admin/flag-stale/develop/{KEY}/wake").status_code == 403


def test_the_rules_are_changed_by_the_bureau_alone(mini_program_desk: Desk) -> None:
    data = {
        "approval": ["trial", "release"],
        "stale_days": "30",
        "most_flags": "100",
        "reason": "收紧",
        "base_number": "0",
    }
    assert mini_program_desk.sit("wu").post("/admin/flag-policy/", data=data).status_code == 403
    zhou = mini_program_desk.sit("zhou")
    assert "须经局方另一人审批" in zhou.get("/admin/flag-policy/").text
    assert zhou.post("/admin/flag-policy/", data=data | {"stale_days": "0"}).status_code == 422
    assert zhou.post("/admin/flag-policy/", data=data).status_code == 303
    assert flags.needs_approval(TRIAL)
    assert "收紧" in zhou.get("/admin/flag-policy/").text
    assert "须局方另一人审批" in mini_program_desk.sit("wu").get("/admin/flag-policy/").text


def test_another_contracts_vendor_sees_nothing(mini_program_desk: Desk) -> None:
    publish()
    made = propose()
    bai = mini_program_desk.sit("bai")
    for path in ("flag-revisions/develop", "flag-requests/?box=all"):
        text = bai.get(f"/admin/{path}").text
        assert KEY not in text
        assert "郑一鸣" not in text
    hidden = (
        "flag-revisions/develop/1",
        f"flag-history/{KEY}",
        f"flag-requests/{made.id}",
        "flag-promotion/",
        "flag-promotion/preview?source=trial&all=1",
        "flag-playground/",
        "flag-playground/reach",
        "flag-exchange/",
        "flag-stale/",
    )
    for path in hidden:
        assert bai.get(f"/admin/{path}").status_code == 404, path
    assert bai.post("/admin/flag-exchange/develop/download").status_code == 404
    assert bai.post("/admin/flag-revisions/develop/1/roll-back", data={"reason": "x"}).status_code == 404
