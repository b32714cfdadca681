"""The exchange's list: taken whole or not at all, once however often it is sent, whatever is in it."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session as running
from server.core.errors import Forbidden, Invalid
from server.domain import duty
from server.domain.duty import BadLine, Call, CallState, importing
from server.domain.identity import AuditEntry
from server.domain.tickets import Ticket
from server.gateways.office.sheets import as_xlsx
from tests.duty.conftest import at
from tests.factories import identity as people

HEAD = "流水号,主叫号码,来电时间,接听时间,结束时间,主叫人,接听人,备注"
ANSWERED = "A-1,13800002222,2026-11-02 09:00:00,2026-11-02 09:00:08,2026-11-02 09:05:00,王先生,郑一鸣,咨询"
MISSED = "A-2,13900003333,2026-11-02 22:40:00,,,,,"


@pytest.fixture(autouse=True)
def _now():
    with clock.replaying(at("2026-11-03 12:00")):
        yield


def send(house, *lines, head=HEAD, encoding="utf-8", raw=None):
    body = raw if raw is not None else "\n".join([head, *lines]).encode(encoding)
    return duty.import_calls(house.zheng, contract_id=house.a.id, raw=body)


def rows(model):
    return running().scalar(sa.select(sa.func.count()).select_from(model))


def bad(told):
    assert (told.new, told.known, told.missed) == (0, 0, 0)
    assert (rows(Call), rows(Ticket)) == (0, 0)
    return [(each.line, each.text) for each in told.bad]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r\n\r\n"])
def test_a_list_is_taken_and_taken_again_it_is_known(house, encoding, ending):
    raw = ending.join([HEAD, ANSWERED, MISSED, ""]).encode(encoding)
    told = send(house, raw=raw)
    assert (told.new, told.known, told.missed, told.bad) == (2, 0, 1, [])
    told = send(house, raw=raw)
    assert (told.new, told.known, told.missed) == (0, 2, 0)
    assert (rows(Call), rows(Ticket)) == (2, 1)
    missed = running().scalars(sa.select(Call).where(Call.state == CallState.MISSED)).one()
    ticket = running().get_one(Ticket, missed.ticket_id)
    assert ticket.received_at == at("2026-11-02 22:40")
    assert (
        "13900003333"
        not in running()
        .scalars(sa.select(AuditEntry.summary).where(AuditEntry.action == "duty.calls_imported"))
        .first()
    )


def test_the_same_mark_with_another_content_is_a_fault_and_nothing_is_taken(house):
    send(house, ANSWERED)
    told = send(house, MISSED, ANSWERED.replace("09:05:00", "09:06:00"), "A-3,13700001111,2026-11-02 10:00,,,,,")
    assert told.bad == [BadLine(3, "流水号 A-1 已登记，但内容不同")]
    assert (rows(Call), rows(Ticket)) == (1, 0)
    twice = send(house, MISSED, MISSED)
    assert twice.bad == [BadLine(3, "流水号 A-2 与第 2 行重复")]
    assert rows(Call) == 1


def test_another_contract_s_marks_are_its_own(house):
    send(house, ANSWERED)
    raw = f"{HEAD}\n{ANSWERED.replace('13800002222', '13700001111')}".encode()
    assert duty.import_calls(house.stranger, contract_id=house.b.id, raw=raw).new == 1


def test_a_caller_who_rings_thrice_is_one_ticket_in_whatever_order_the_lines_are(house):
    lines = [f"A-{n},13900003333,2026-11-02 22:4{n}:00,,,,," for n in (3, 1, 2)]
    told = send(house, *lines)
    assert (told.new, told.missed, rows(Ticket)) == (3, 3, 1)
    assert running().scalars(sa.select(Ticket)).one().received_at == at("2026-11-02 22:41")


FAULTS = [
    ("no mark", ",13800002222,2026-11-02 09:00,,,,,", "流水号必填"),
    ("a mark too long", f"{'A' * 65},13800002222,2026-11-02 09:00,,,,,", "流水号必填"),
    ("no number", "A-9,叫什么,2026-11-02 09:00,,,,,", "主叫号码格式不正确"),
    ("a number that a table program shortened", "A-9,1.38E+10,2026-11-02 09:00,,,,,", "主叫号码格式不正确"),
    ("no moment", "A-9,13800002222,,,,,,", "来电时间必填"),
    ("a day that is none", "A-9,13800002222,2026-02-30 09:00,,,,,", "来电时间“2026-02-30 09:00”不是有效的时间"),
    ("an hour that is none", "A-9,13800002222,2026-11-02 24:00,,,,,", "不是有效的时间"),
    ("a far year", "A-9,13800002222,9999-12-31 23:59,,,,,", "不能晚于当前时间"),
    ("tomorrow", "A-9,13800002222,2026-11-04 09:00,,,,,", "来电时间不能晚于当前时间"),
    ("answered before it rang", "A-9,13800002222,2026-11-02 09:00,2026-11-02 08:59,,,,", "接听时间不能早于来电时间"),
    ("ended before", "A-9,13800002222,2026-11-02 09:00,2026-11-02 09:01,2026-11-02 09:00,,,", "结束时间不能早于"),
    ("a long name", f"A-9,13800002222,2026-11-02 09:00,,,{'名' * 65},,", "姓名不超过"),
    ("a long note", f"A-9,13800002222,2026-11-02 09:00,,,,,{'注' * 5001}", "备注不超过"),
    ("a secret", "A-9,13800002222,2026-11-02 09:00,,,,,机密★十年", "国家秘密标志"),
]


@pytest.mark.parametrize(("line", "says"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS])
def test_one_bad_line_and_nothing_at_all_is_written(house, line, says):
    told = send(house, ANSWERED, MISSED, line)
    (where, text), *more = bad(told)
    assert (where, more) == (4, [])
    assert says in text


def test_every_bad_line_is_named_up_to_fifty(house):
    told = send(house, *[f"A-{n},x,2026-11-02 09:00,,,,," for n in range(60)], ANSWERED)
    assert [line for line, _ in bad(told)] == list(range(2, 52))


def test_columns_in_another_order_and_strange_ones_are_no_fault(house):
    told = send(house, "x,2026/11/02 09:00,A-1,,13800002222", head="序号,来电时间,流水号,接听时间,主叫号码")
    assert (told.new, told.missed) == (1, 1)
    missing = send(house, "A-7,2026-11-02 09:00", head="流水号,来电时间")
    assert missing.bad == [BadLine(1, "缺少列：主叫号码、接听时间")]


@pytest.mark.parametrize("cell", ['="13800002222"', "'13800002222", "\t13800002222", " 138 0000 2222 "])
def test_a_number_kept_as_text_by_a_table_program_is_that_number(house, cell):
    quoted = '"' + cell.replace('"', '""') + '"'
    assert send(house, f"A-1,{quoted},2026-11-02 09:00,,,,,").new == 1
    call = running().scalars(sa.select(Call)).one()
    assert duty.unmask_call(house.zhou, call.id, reason="核对") == "13800002222"


def test_a_formula_is_text_and_markup_too(house):
    assert send(house, "A-1,13800002222,2026-11-02 09:00,,,=1+1,@SUM(A1),<script>alert(1)</script>").new == 1
    call = running().scalars(sa.select(Call)).one()
    assert (call.caller, call.answered_by, call.note) == ("=1+1", "@SUM(A1)", "<script>alert(1)</script>")


def test_a_note_over_two_lines_counts_lines_as_an_editor_does(house):
    told = send(house, 'A-1,13800002222,2026-11-02 09:00,,,,,"第一行\n第二行"', "A-2,x,2026-11-02 09:00,,,,,")
    assert bad(told) == [(4, "主叫号码格式不正确")]


def test_what_is_no_list_is_refused_in_words(house):
    workbook = as_xlsx(HEAD.split(","), [ANSWERED.split(",")])
    for raw, says in [
        (workbook, "另存为 CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "另存为 CSV"),
        (b"\xff\xfe" + HEAD.encode("utf-16-le"), "编码"),
        (b"\x81" * 7 + b"\xff", "编码"),
        (b"," * (importing.MOST_BYTES + 1), "不能超过"),
    ]:
        with pytest.raises(Invalid) as refused:
            send(house, raw=raw)
        assert says in refused.value.fields["upload"][0]
    for raw, says in [(b"", "缺少列"), (HEAD.encode(), "没有通话"), (b"\0\0\0", "缺少列")]:
        assert says in send(house, raw=raw).bad[0].text
    huge_cell = f"{HEAD}\nA-1,13800002222,2026-11-02 09:00,,,,,{'x' * 200_000}".encode()
    assert send(house, raw=huge_cell).bad == [BadLine(2, "不是有效的 CSV 行")]
    assert (rows(Call), rows(Ticket)) == (0, 0)


def test_too_many_lines_are_refused_before_any_is_written(house):
    body = io.StringIO()
    body.write(f"{HEAD}\n")
    for n in range(importing.MOST_LINES + 1):
        body.write(f"A-{n},13800002222,2026-11-02 09:00,2026-11-02 09:01,,,,\n")
    with pytest.raises(Invalid) as refused:
        send(house, raw=body.getvalue().encode())
    assert "一次最多" in refused.value.fields["upload"][0]
    assert rows(Call) == 0


def test_who_may_not_log_may_not_import(house):
    with pytest.raises(Forbidden):
        duty.import_calls(people.actor("shen"), contract_id=house.a.id, raw=b"")
