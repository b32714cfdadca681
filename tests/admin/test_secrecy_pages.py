"""The pages of secrecy: register, promises, results, incidents, the log of what left; and files that no door takes."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.admin.traces import TELL_THEMSELVES
from server.core import clock
from server.domain import secrecy
from server.domain.identity import AuditEntry
from server.domain.secrecy import Handover, Incident, IncidentState, Level, Promise, PromiseState, SecrecyItem
from tests.admin.test_acceptance_pages import a, as_, friday
from tests.factories import identity as people
from tests.factories import marked
from tests.factories.records import at, material, remote
from tests.factories.secrecy import handover, incident, item, promise

__all__ = ["a", "as_", "friday"]
ROOT = "/admin/secrecy/"
ITEM = {"item": "接口说明", "holder": "郑一鸣", "carrier": "paper", "purpose": "核对", "copies": "2"}
HASH = hashlib.sha256(b"source").hexdigest()
FOUND = {
    "title": "接口遭攻击",
    "kind": "attack",
    "grade": "serious",
    "discovered_at": "2025-09-26T09:00",
    "discovered_by": "郑一鸣",
    "systems": "小程序",
    "symptom": "异常请求",
}


def one(session, model):
    session.expire_all()
    return session.scalars(sa.select(model)).one()


def trail(session, action):
    return session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)).all()


def test_the_register_from_entry_to_return(as_, a, session):
    assert "还没有登记" in as_("lin").get(ROOT).text
    assert 'name="level"' not in as_("zheng").get(f"{ROOT}new").text
    assert as_("zheng").post(f"{ROOT}new", data=ITEM | {"contract_id": str(a.id), "item": ""}).status_code == 422
    assert as_("zheng").post(f"{ROOT}new", data=ITEM | {"contract_id": str(a.id)}).status_code == 303
    row = one(session, SecrecyItem)
    page = f"{ROOT}items/{row.id}"
    assert "有资料未申报密级" in as_("zhou").get(ROOT).text
    assert 'data-modal="declare"' not in as_("lin").get(page).text
    assert as_("lin").post(f"{page}/declare", data={"level": "internal"}).status_code == 403
    refused = as_("zhou").post(f"{page}/declare", data={"level": "secret"})
    assert (refused.status_code, "请填写" in refused.text) == (422, True)
    assert as_("zhou").post(f"{page}/declare", data={"level": "internal"}).status_code == 303
    assert one(session, SecrecyItem).level is Level.INTERNAL
    assert as_("zheng").post(f"{page}/give-back", data={"proof": "回执"}).status_code == 403
    assert as_("lin").post(f"{page}/give-back", data={"proof": "回执"}).status_code == 303
    assert as_("lin").post(f"{page}/give-back", data={"proof": "回执"}).status_code == 422
    assert as_("lin").post(f"{page}/nothing", data={}).status_code == 404
    assert "已归还" in as_("zheng").get(page).text


def test_a_delivered_material_is_asked_to_be_registered(as_, a, session):
    owed = material(a)
    from server.domain import records

    records.deliver_material(people.actor("lin"), owed.id, delivered_on=clock.today())
    text = as_("lin").get(ROOT).text
    assert "已交付、未登记的资料" in text
    form = as_("lin").get(f"{ROOT}new?material={owed.id}").text
    assert owed.item in form
    data = ITEM | {"contract_id": str(a.id), "material": str(owed.id)}
    assert as_("lin").post(f"{ROOT}new", data=data).status_code == 303
    assert one(session, SecrecyItem).material_id == owed.id
    assert "已交付、未登记的资料" not in as_("lin").get(ROOT).text


def test_promises_are_missed_drawn_up_and_signed(as_, a, session):
    text = as_("lin").get(f"{ROOT}promises/?contract={a.id}").text
    assert "没有有效承诺书" in text
    assert "郑一鸣" in text
    (link,) = re.findall(r'href="([^"]+name=%E9%83%91[^"]+)"', text)
    assert "郑一鸣" in as_("lin").get(link.replace("&amp;", "&")).text
    data = {"contract_id": str(a.id), "kind": "person", "name": "郑一鸣", "role": "运维"}
    assert as_("zheng").post(f"{ROOT}promises/new", data=data).status_code == 303
    again = as_("zheng").post(f"{ROOT}promises/new", data=data)
    assert (again.status_code, "已有承诺书" in again.text) == (422, True)
    row = one(session, Promise)
    page = f"{ROOT}promises/{row.id}"
    assert "保密承诺书" in as_("zheng").get(page).text
    assert as_("zheng").post(f"{page}/sign", data={}).status_code == 403
    assert as_("lin").post(f"{page}/sign", data={"signed_on": "2025-09-25"}).status_code == 303
    assert one(session, Promise).state is PromiseState.SIGNED
    assert as_("zhou").post(f"{page}/end", data={"reason": "离岗"}).status_code == 303


def test_results_are_listed_hashed_and_checked(as_, a, session):
    assert (
        as_("zheng").post(f"{ROOT}handovers/new", data={"contract_id": str(a.id), "title": "2.4.0"}).status_code == 303
    )
    row = one(session, Handover)
    page = f"{ROOT}handovers/{row.id}"
    assert "清单是空的" in as_("zheng").get(page).text
    file = {"kind": "source", "name": "前端", "file": (io.BytesIO(b"source"), "source.zip")}
    assert as_("zheng").post(f"{page}/add", data=file).status_code == 303
    (asset,) = secrecy.assets_of(row.id)
    assert (asset.sha256, asset.size, asset.file_name) == (HASH, 6, "source.zip")
    assert as_("zheng").post(f"{page}/add", data={"kind": "source", "name": "x"}).status_code == 422
    assert as_("zheng").post(f"{page}/deliver", data={}).status_code == 303
    assert as_("zheng").post(f"{page}/assets/{asset.id}/remove").status_code in (303, 409)
    assert len(secrecy.assets_of(row.id)) == 1
    assert as_("lin").post(f"{page}/accept", data={}).status_code == 303
    for content, told in ((b"source", "与清单一致：前端"), (b"changed", "不在清单中")):
        checked = as_("shen").post(f"{page}/check", data={"file": (io.BytesIO(content), "a.zip")})
        assert checked.status_code == 303
        assert told in as_("lin").get(page).text
    assert as_("lin").post(f"{page}/check", data={}).status_code == 422


def test_an_incident_counts_down_until_it_is_reported(as_, a, session, friday):
    assert "没有网络安全事件" in as_("lin").get(f"{ROOT}incidents/").text
    assert as_("zheng").post(f"{ROOT}incidents/new", data=FOUND | {"contract_id": str(a.id)}).status_code == 303
    row = one(session, Incident)
    page = f"{ROOT}incidents/{row.id}"
    shown = as_("lin").get(page).text
    assert "须限时上报" in shown
    assert "data-countdown" in shown
    assert row.number in as_("lin").get("/admin/").text
    assert row.number not in as_("bai").get("/admin/").text
    friday.move_to(at("2025-09-26 13:01"))
    people.actor("lin")
    assert "上报时限已过，请立即上报" in as_("lin").get(page).text
    assert as_("zheng").post(f"{page}/report", data={}).status_code == 403
    report = {"reported_at": "2025-09-26T13:00", "to": "省委网信办", "ref": "1"}
    assert as_("lin").post(f"{page}/report", data=report).status_code == 303
    assert "在时限内" in as_("lin").get(page).text
    assert row.number not in as_("lin").get("/admin/").text
    assert as_("zheng").post(f"{page}/step", data={"text": "封禁"}).status_code == 303
    assert as_("lin").post(f"{page}/close", data={"cause": "x", "measures": "x", "review": "x"}).status_code == 422
    assert as_("zheng").post(f"{page}/contain", data={"text": "阻断"}).status_code == 303
    assert as_("lin").post(f"{page}/close", data={"cause": "x", "measures": "x", "review": "x"}).status_code == 303
    assert one(session, Incident).state is IncidentState.CLOSED


def test_the_rule_is_the_administrators(as_, a):
    assert as_("lin").get(f"{ROOT}incidents/rules").status_code == 403
    assert "4 小时" in as_("zhou").get(f"{ROOT}incidents/rules").text
    data = {
        "hours": "2",
        "source": "省直机关规定",
        "authority": "网信办",
        "report_from": "ordinary",
        "review_days": "20",
    }
    assert as_("zhou").post(f"{ROOT}incidents/rules", data=data | {"hours": "3"}).status_code == 422
    assert as_("zhou").post(f"{ROOT}incidents/rules", data=data).status_code == 303
    assert "2 小时内" in as_("lin").get(f"{ROOT}incidents/").text


def test_nothing_of_another_contract(as_, a):
    zheng = people.actor("zheng")
    thing, word, results, found = item(zheng, a), promise(zheng, a), handover(zheng, a), incident(zheng, a)
    bai = as_("bai")
    for kind, row, step in (
        ("items", thing, "destroy"),
        ("promises", word, "sign"),
        ("handovers", results, "deliver"),
        ("incidents", found, "step"),
    ):
        assert bai.get(f"{ROOT}{kind}/{row.id}").status_code == 404
        assert bai.post(f"{ROOT}{kind}/{row.id}/{step}", data={}).status_code == 404
    for path, row in (("", thing), ("promises/", word), ("handovers/", results), ("incidents/", found)):
        assert row.number not in bai.get(f"{ROOT}{path}").text
    assert bai.post(f"{ROOT}new", data=ITEM | {"contract_id": str(a.id)}).status_code == 422
    assert thing.number.encode() not in bai.post(f"{ROOT}export", data={"form": "csv"}).data


def test_the_log_is_for_administrator_and_auditor(as_, a, session):
    for login in ("lin", "zheng"):
        assert as_(login).get(f"{ROOT}traces/").status_code == 403
        assert as_(login).post(f"{ROOT}traces/export").status_code == 403
    item(people.actor("zheng"), a)
    taken = as_("zheng").post(f"{ROOT}export", data={"form": "csv"})
    assert "导出人：郑一鸣" in taken.get_data(as_text=True)
    assert "导出涉密敏感资料登记 1 条" in as_("zhou").get(f"{ROOT}traces/").text
    made = as_("shen").post(f"{ROOT}traces/export", data={"form": "csv"})
    assert "导出人：沈静" in made.get_data(as_text=True)
    assert len(trail(session, "access_log.exported")) == 1
    assert "导出访问与导出日志" in as_("shen").get(f"{ROOT}traces/?group=export").text
    assert "导出访问与导出日志" not in as_("shen").get(f"{ROOT}traces/?group=download").text


def test_a_download_is_in_the_trail(as_, a, session):
    from server.domain import records

    paper = records.take_paper(name="单.pdf", raw=b"%PDF-1.7\n%%EOF\n")
    (kept,) = records.files_of([remote(a, uploads=[paper]).id])
    assert as_("lin").get(f"/admin/records/files/{kept.id}").status_code == 200
    (entry,) = trail(session, "file.downloaded")
    assert (entry.actor_name, entry.summary) == ("林岚", "下载 单.pdf")
    assert as_("bai").get(f"/admin/records/files/{kept.id}").status_code == 404
    assert len(trail(session, "file.downloaded")) == 1
    assert "下载 单.pdf" in as_("zhou").get(f"{ROOT}traces/").text


@pytest.mark.parametrize("name", ["工单.pdf", "【机密】工单.pdf"])
def test_a_marked_file_is_refused_and_the_try_is_told(as_, a, session, name):
    started = {
        "contract_id": str(a.id),
        "channel": "phone",
        "who": "郑一鸣",
        "purpose": "检查",
        "upload": (io.BytesIO(marked.pdf("机密★10年\n名单")), name),
    }
    refused = as_("zheng").post("/admin/records/sessions/new", data=started)
    assert refused.status_code == 422
    assert "疑似标有国家秘密标志" in refused.text
    (entry,) = trail(session, "upload.refused")
    assert entry.actor_name == "郑一鸣"
    assert "名单" not in str(entry.changes) + entry.summary
    assert "拒收涉密文件" in as_("zhou").get(f"{ROOT}traces/?group=refused").text


def test_list_queries_do_not_grow(as_, a, queries):
    zheng = people.actor("zheng")

    def counted(path):
        client = as_("zheng")
        with queries() as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    makers = {
        "": lambda: item(zheng, a),
        "promises/": lambda: promise(zheng, a, f"人员{clock.now().microsecond}{len(names)}"),
        "handovers/": lambda: handover(zheng, a),
        "incidents/": lambda: incident(zheng, a, grade=secrecy.Grade.ORDINARY),
    }
    for path, make in makers.items():
        names = [0]
        make()
        before = counted(ROOT + path)
        for _ in range(4):
            names.append(0)
            make()
        assert counted(ROOT + path) == before, path


def test_every_view_that_gives_a_file_is_traced(client):
    """Views that say that they tell themselves exist, and are the only ones that the watch leaves alone."""
    assert set(client.application.view_functions) >= TELL_THEMSELVES


def test_late_things_are_told(as_, a):
    today = clock.today()
    item(people.actor("zheng"), a, handed_on=today - timedelta(days=30), due_back_on=today - timedelta(days=3))
    assert "逾期 3 天未还" in as_("lin").get(f"{ROOT}?late=1").text


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("lin", "/admin/tickets/export"),
        ("lin", "/admin/acceptances/export"),
        ("lin", "/admin/documents/export"),
        ("lin", "/admin/secrecy/export"),
        ("shen", "/admin/audit/export"),
        ("shen", "/admin/secrecy/traces/export"),
        ("lin", "/admin/deliverables/export.csv"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_export_is_in_the_trail_and_says_who_took_it(as_, a, session, login, path, form):
    client = as_(login)
    of = {"form": form, "format": form, "query": ""}
    answer = client.get(path) if path.endswith(".csv") else client.post(path, data=of)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    told = session.scalars(
        sa.select(AuditEntry).where(
            sa.or_(AuditEntry.action.endswith("exported"), AuditEntry.action == "file.downloaded")
        )
    ).all()
    assert [entry.actor_name for entry in told] == [people.NAMES[login]]
    if form == "csv" or path.endswith(".csv"):
        assert people.NAMES[login] in answer.get_data(as_text=True)


def test_every_route_that_gives_files_is_watched(client):
    """Whatever is named after giving out is under the console's prefix, where the watch stands, or told by itself."""
    rules = [
        rule
        for rule in client.application.url_map.iter_rules()
        if re.search(r"(^|[._/])(export|download|file|files|paper|papers)([._]|$)", rule.endpoint)
    ]
    assert rules
    outside = {rule.endpoint for rule in rules if not rule.rule.startswith("/admin/")}
    # A citizen's own data, and the pipeline's flags: their rooms write citizen.data_exported and flag_set.exported.
    assert outside <= {"api.me.export", "vendor.flags.export"}, outside


def test_a_citizens_marked_picture_is_refused_too(client, session):
    sent = {"file": (io.BytesIO(marked.picture("PNG", text={"Title": "密级：秘密"})), "截图.png")}
    refused = client.post("/api/v1/uploads", data=sent, headers={"Idempotency-Key": "one-picture-once"})
    assert refused.status_code == 422
    assert refused.get_json()["code"] == "classified_upload"
    (entry,) = trail(session, "upload.refused")
    assert entry.subject_id == "/api/v1/uploads"
