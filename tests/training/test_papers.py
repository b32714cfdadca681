"""What stands on the record, the sheet and the plan; and files that belong to a training."""

from __future__ import annotations

import pytest

from server.core.errors import Forbidden, NotFound
from server.domain import documents, training
from server.domain.training import FileKind, WrongState
from server.domain.training.forms import LEAST_ROWS, SAMPLES
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.training import at, came, closed, code_of, held, opened, planned

PDF = b"%PDF-1.7\n%%EOF\n"


def test_the_record_tells_what_was_held(a, zheng, friday):
    wang = citizens.actor("wang")
    row = opened(a, zheng)
    training.check_in(wang, code=code_of(row), name="王建国", unit="城东所")
    training.answer(wang, row.id, answers=[5, 0, "多演示"])
    came(row, zheng, late=True)
    with pytest.raises(training.NotHeld):
        documents.issue(zheng, training.RECORD, row.id)
    friday.move_to(at("17:00"))
    training.hold(zheng, row.id, actual_start=at("14:05"), actual_end=at("16:00"), outcome="均能独立操作")
    paper = documents.issue(zheng, training.RECORD, row.id)
    blocks = paper.content["blocks"]
    facts = blocks["facts"]
    assert facts["actual"] == "2025年9月26日 14:05 至 16:00"
    assert facts["materials"] == "无"
    assert facts["hours"] == "2.0"
    assert facts["people"] == "2 人（迟到 1 人，手工登记 1 人）"
    assert facts["title"] == "临江大学 副教授"
    assert facts["cost"] == "含在合同服务内，不另收费"
    assert [each["result"] for each in blocks["answers"]] == [
        "平均 5.0 分；5 分 1 人",
        "正确率 100%；6 月 30 日 1 人",
        "多演示",
    ]
    assert paper.number.startswith("PXJL-")
    assert str(paper.covers_on) == "2025-09-26"


def test_the_sheet_has_blank_lines_for_hands(a, zheng):
    row = opened(a, zheng)
    before = documents.issue(zheng, training.SHEET, row.id).content["blocks"]["people"]
    assert len(before) == LEAST_ROWS
    came(row, zheng, phone="13900001111")
    paper = documents.correct(zheng, documents.standing(training.SHEET, row.id).id, reason="补登记")
    first, *rest = paper.content["blocks"]["people"]
    assert (first["name"], first["phone"], first["way"], first["sign"]) == ("王秀兰", "139****1111", "手工登记", "")
    assert len(rest) == LEAST_ROWS - 1
    assert "13900001111" not in str(paper.content)


def test_a_free_training_says_so(a, zheng):
    row = planned(a, zheng, ground=training.Ground.AFTER_RELEASE, reason="新增年报提醒配置")
    facts = documents.issue(zheng, training.PLAN, row.id).content["blocks"]["facts"]
    assert facts["cost"].startswith("0 元")
    training.cancel(zheng, row.id, reason="取消")
    for kind in (training.PLAN, training.SHEET):
        with pytest.raises(training.NotHeld):
            documents.correct(zheng, documents.standing(training.PLAN, row.id).id, reason="x") if kind == (
                training.PLAN
            ) else documents.issue(zheng, kind, row.id)


def test_papers_are_of_their_contract(a, zheng, bai, friday):
    friday.move_to(at("17:00"))
    row = closed(a, zheng)
    for kind in (training.RECORD, training.SHEET, training.PLAN):
        with pytest.raises(NotFound):
            documents.issue(bai, kind, row.id)
        with pytest.raises(Forbidden):
            documents.issue(people.actor("shen"), kind, row.id)


@pytest.mark.parametrize("code", list(SAMPLES))
def test_samples_fit_their_forms(app, code):
    kind = documents.kind_of(code)
    from server.domain.documents.content import checked

    assert checked(kind.form, kind.sample)
    assert [sign.side for sign in kind.form.signs] == ["vendor", "bureau"]


def test_files_belong_to_a_training(a, zheng, bai, friday):
    friday.move_to(at("17:00"))
    row = held(a, zheng)
    paper = training.take_paper(name="讲义.pdf", raw=PDF)
    (file,) = training.add_files(zheng, row.id, kind=FileKind.MATERIAL, uploads=[paper])
    assert b"".join(training.read_file(zheng, file.id)[1]) == PDF
    with pytest.raises(NotFound):
        training.read_file(bai, file.id)
    off = planned(a, zheng)
    training.cancel(zheng, off.id, reason="取消")
    with pytest.raises(WrongState):
        training.add_files(zheng, off.id, kind=FileKind.MATERIAL, uploads=[paper])
    friday.move_to(at("2025-09-28 09:00"))
    assert [each.file_name for each in training.files_of(row.id)] == ["讲义.pdf"]
