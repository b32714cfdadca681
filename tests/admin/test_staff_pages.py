"""The pages of maintainers: designated, reviewed, replaced with breaches shown, off-boarded; foreign ones are not there."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from server.core import clock
from server.core.db import session as running
from server.domain import duty, identity, staffing
from server.domain.identity import Role
from server.domain.staffing import CheckItem, Disposition, Maintainer, Reason, Review
from tests.factories import identity as people
from tests.factories.contracts import contract_a, contract_b

PDF = b"%PDF-1.7 evidence"


@pytest.fixture
def contract(session):
    return contract_a()


@pytest.fixture
def wu(contract):
    return people.officer("wu", contract_id=contract.id)


@pytest.fixture
def zhou(session):
    return people.officer("zhou")


def designated(contract, **values):
    usual = {
        "name": "郑一鸣",
        "role": "运维工程师",
        "experience_from": date(2020, 5, 6),
        "experience": "政务小程序运维",
        "valid_from": date(2025, 3, 4),
    }
    return staffing.assign(people.actor("wu"), contract_id=contract.id, **(usual | values))


def stranger():
    return people.officer("stranger", roles=[Role.VENDOR_MANAGER], contract_id=contract_b().id)


def test_the_vendor_designates_with_evidence_and_too_little_is_refused_in_place(client, contract, wu):
    browser = people.signed_in(client, wu)
    assert "满 3 年" in browser.get("/admin/staff/new").text
    typed = {
        "contract_id": str(contract.id),
        "name": "郑一鸣",
        "role": "驻场工程师",
        "valid_from": "2025-03-04",
        "experience_from": "2022-03-05",
        "skills": "数据交换 精通\n登记系统",
    }
    refused = browser.post("/admin/staff/new", data=typed | {"files": (io.BytesIO(PDF), "证明.pdf")})
    assert refused.status_code == 422
    assert "相关经验满 2 年" in refused.text
    wrong = typed | {"experience_from": "2022-03-04", "files": (io.BytesIO(b"MZ"), "证明.pdf")}
    assert "只接收 PDF" in browser.post("/admin/staff/new", data=wrong).text
    right = typed | {"experience_from": "2022-03-04", "files": (io.BytesIO(PDF), "证明.pdf")}
    assert browser.post("/admin/staff/new", data=right).status_code == 303
    made = running().scalars(staffing.matching(people.actor("wu"))).one()
    shown = browser.get(f"/admin/staff/{made.id}").text
    assert "精通" in shown
    assert "证明.pdf" in shown
    paper = staffing.papers_of(staffing.SubjectKind.MAINTAINER, [made.id])[made.id][0]
    download = browser.get(f"/admin/staff/papers/{paper.id}")
    assert download.data == PDF
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert "郑一鸣" in browser.get("/admin/staff/?q=数据交换").text


def test_the_bureau_reviews_and_the_vendor_may_not(client, contract, wu, zhou):
    made = designated(contract)
    assert people.signed_in(client, wu).post(f"/admin/staff/{made.id}/review", data={}).status_code == 403
    browser = people.signed_in(client, zhou)
    assert browser.post(f"/admin/staff/{made.id}/review", data={"agreed": "false"}).status_code == 422
    assert browser.post(f"/admin/staff/{made.id}/review", data={"agreed": "true"}).status_code == 303
    running().expire_all()
    assert running().get(Maintainer, made.id).review is Review.AGREED


def test_a18_the_wizard_shows_what_a_notice_breaches_while_it_is_typed(client, contract, wu):
    made = designated(contract)
    browser = people.signed_in(client, wu)
    page = f"/admin/staff/replacements/of/{made.id}"
    assert "随填随算" in browser.get(page).text
    typed = {"effective_on": "2025-06-01", "has_substitute": "true", "experience_from": "2019-01-01"}
    good = browser.get(f"{page}/foresee", query_string=typed | {"received_on": "2025-05-02"}).text
    assert "未发现违约情形" in good
    late = browser.get(f"{page}/foresee", query_string=typed | {"received_on": "2025-05-03"}).text
    assert "提前通知不足" in late
    assert "2025年5月2日" in late
    notice = {
        "reason": "resigned",
        "received_on": "2025-05-20",
        "effective_on": "2025-06-01",
        "has_substitute": "true",
        "name": "李青",
        "role": "运维工程师",
        "experience_from": "2023-01-01",
        "experience": "小程序运维",
        "comparison": "经验较短",
        "notice": (io.BytesIO(PDF), "通知书.pdf"),
    }
    without = browser.post(page, data=notice | {"experience_from": "", "notice": (io.BytesIO(PDF), "通知书.pdf")})
    assert without.status_code == 422
    answer = browser.post(page, data=notice | {"notice": (io.BytesIO(PDF), "通知书.pdf")})
    assert answer.status_code == 303
    shown = browser.get(answer.headers["Location"]).text
    for text in ("提前通知不足", "低于约定的最低经验", "经验少于原人员", "李青", "通知书.pdf"):
        assert text in shown
    assert "RYBG-" in browser.get("/admin/staff/replacements/").text


def test_the_bureau_judges_on_the_notice_s_page(client, contract, wu, zhou):
    made = designated(contract)
    row = staffing.notify_replacement(
        people.actor("wu"),
        maintainer_id=made.id,
        reason=Reason.TRANSFERRED,
        received_on=date(2026, 1, 5),
        effective_on=date(2026, 2, 20),
        comparison="相当",
        substitute=staffing.Person(name="李青", role="工程师", experience_from=date(2018, 1, 1), experience="运维"),
    )
    browser = people.signed_in(client, zhou)
    path = f"/admin/staff/replacements/{row.id}"
    assert "判断能力" in browser.get(path).text
    assert browser.post(f"{path}/judge", data={"not_lower": "false"}).status_code == 422
    judged = {"not_lower": "false", "remark": "不熟悉系统", "received_on": "2026-01-25"}
    assert browser.post(f"{path}/judge", data=judged).status_code == 303
    running().expire_all()
    assert staffing.find_replacement(people.actor("zhou"), row.id).breaches == ["short_notice", "lower_ability"]


def test_a39_leaving_ends_access_and_the_checklist_is_settled(client, contract, wu, zhou):
    zheng = people.officer("zheng", contract_id=contract.id)
    made = designated(contract, officer_id=zheng.id)
    secret = people.open_session(zheng)
    browser = people.signed_in(client, zhou)
    assert browser.post(f"/admin/staff/{made.id}/leave", data={"on": "2026-10-01", "reason": "离职"}).status_code == 303
    assert identity.officer_by_session(secret) is None
    settle = f"/admin/staff/{made.id}/settle/data"
    assert browser.post(settle, data={"disposition": "done"}).status_code == 422
    assert browser.post(settle, data={"disposition": "destroyed", "note": "已销毁"}).status_code == 303
    leaving = staffing.off_boarding_of(made.id)
    state = {each.item: each.disposition for each in staffing.items_of(leaving.id)}
    assert (state[CheckItem.ACCOUNTS], state[CheckItem.DATA]) == (Disposition.DONE, Disposition.DESTROYED)
    assert "离岗交接" in browser.get(f"/admin/staff/{made.id}").text


def test_a33_a_subcontract_is_asked_for_and_consented_in_writing(client, contract, wu, zhou):
    browser = people.signed_in(client, wu)
    asked = {
        "contract_id": str(contract.id),
        "party": "青山检测有限公司",
        "scope": "渗透测试",
        "reason": "需要资质",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "touches_data": "true",
    }
    answer = browser.post("/admin/staff/subcontracts/new", data=asked)
    assert answer.status_code == 303
    path = answer.headers["Location"]
    assert browser.post(f"{path}/decide", data={"agreed": "true"}).status_code == 403
    bureau = people.signed_in(client, zhou)
    assert "请上传书面同意" in bureau.post(f"{path}/decide", data={"agreed": "true"}).text
    consent = {"agreed": "true", "upload": (io.BytesIO(PDF), "同意.pdf")}
    assert bureau.post(f"{path}/decide", data=consent).status_code == 303
    assert "已书面同意" in bureau.get("/admin/staff/subcontracts/").text
    ended = {"on": "2026-06-30", "reason": "完成"}
    assert bureau.post(f"{path}/end", data=ended).status_code == 303


def test_another_vendor_finds_nothing(client, contract, wu):
    made = designated(contract, files=[staffing.File("证明.pdf", PDF)])
    paper = staffing.papers_of(staffing.SubjectKind.MAINTAINER, [made.id])[made.id][0]
    row = staffing.request_subcontract(
        people.actor("wu"),
        contract_id=contract.id,
        party="某公司",
        scope="测试",
        reason="资质",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 2, 1),
    )
    browser = people.signed_in(client, stranger())
    for path in (
        f"/admin/staff/{made.id}",
        f"/admin/staff/papers/{paper.id}",
        f"/admin/staff/replacements/of/{made.id}",
        f"/admin/staff/replacements/of/{made.id}/foresee",
        f"/admin/staff/subcontracts/{row.id}",
    ):
        assert browser.get(path).status_code == 404, path
    for path in (f"{made.id}/skills", f"{made.id}/papers", f"{made.id}/leave", f"{made.id}/settle/data"):
        assert browser.post(f"/admin/staff/{path}", data={}).status_code == 404, path
    assert browser.post(f"/admin/staff/replacements/of/{made.id}", data={}).status_code == 404
    assert browser.post(f"/admin/staff/subcontracts/{row.id}/end", data={}).status_code == 404
    for path in ("", f"?contract={contract.id}", "replacements/", "subcontracts/"):
        shown = browser.get(f"/admin/staff/{path}").text
        assert "郑一鸣" not in shown
        assert contract.title not in shown


def test_a39_the_departed_is_off_the_roster_and_cannot_sign_in_again(client, contract, wu, zhou):
    zheng = people.officer("zheng", contract_id=contract.id)
    made = designated(contract, officer_id=zheng.id)
    now = clock.now()
    shift = duty.plan_shift(
        people.actor("wu"),
        contract_id=contract.id,
        name=made.name,
        starts_at=now + timedelta(hours=1),
        ends_at=now + timedelta(hours=9),
    )
    browser = people.signed_in(client, zhou)
    left = {"on": clock.today().isoformat(), "reason": "离职"}
    assert browser.post(f"/admin/staff/{made.id}/leave", data=left).status_code == 303
    running().expire_all()
    assert shift.cancelled_at is not None
    with pytest.raises(identity.BadCredentials):
        identity.sign_in("zheng", people.PASSWORD, address="192.0.2.1")


def test_a39_an_account_of_the_same_name_is_asked_about(client, contract, wu, zhou):
    zheng = people.officer("zheng", contract_id=contract.id)
    made = designated(contract)
    bureau = people.signed_in(client, zhou)
    left = {"on": clock.today().isoformat(), "reason": "离职"}
    assert bureau.post(f"/admin/staff/{made.id}/leave", data=left).status_code == 303
    shown = bureau.get(f"/admin/staff/{made.id}").text
    assert "同名账号" in shown
    assert f"/admin/staff/{made.id}/settle/accounts" in shown
    vendor = people.signed_in(client, wu)
    linked = vendor.post(f"/admin/staff/{made.id}/account", data={"officer_id": str(zheng.id)})
    assert linked.status_code == 303
    assert identity.roles_of([zheng.id]) == {}
    assert "/settle/accounts" not in vendor.get(f"/admin/staff/{made.id}").text
