"""The three papers: forms, and how a frozen version fills them. One content makes PDF, Word and workbook."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from server.domain import documents
from server.domain.documents import Draft, Format, Kind
from server.domain.identity import Actor, Permission
from server.domain.reports import access, composing
from server.domain.reports.content import Content, Grid, from_json
from server.domain.reports.days import spelled
from server.domain.reports.vocabulary import TEXTS, ReportKind, TextKey
from server.domain.upkeep import INSPECTION_BLOCKS
from server.gateways.office.layout import Align, Block, Chart, Column, Field, Fields, Form, Prose, SignBlock, Table

HEAD = ("合同编号", "合同名称", "委托单位", "服务单位", "报告期间", "数据截至", "统计时间")
MORE = {ReportKind.MONTHLY: ("巡检单",), ReportKind.SUMMARY: ("服务依据", "服务范围", "服务组织")}
WIDE = frozenset({"报告期间", "服务依据", "服务范围", "服务组织"})
PREFIXES = {ReportKind.WEEKLY: "ZB", ReportKind.MONTHLY: "YB", ReportKind.SUMMARY: "ZJ"}
SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))
# Grids that a report prints as tables, with the width of each column.
GRIDS: tuple[tuple[str, str, tuple[str, ...], tuple[int, ...]], ...] = (
    ("desk.kinds", "工单按类型", ("类型", "新接报", "办结", "期末未办结"), (3, 2, 2, 2)),
    (
        "consulting.channels",
        "咨询统计",
        ("渠道", "社会公众", "企业", "部门单位", "局内人员", "未注明", "合计"),
        (3, 2, 2, 2, 2, 2, 2),
    ),
    ("promises.broken", "超时明细", ("工单", "事项", "时限", "应完成", "实际完成", "超时"), (3, 5, 1, 3, 3, 2)),
    ("released.steps", "版本办理情况", ("时间", "版本", "事项", "办理人"), (3, 2, 3, 2)),
    ("upkeep.rows", "巡检问题与整改", ("巡检单", "问题", "程度", "责任人", "期限", "整改情况"), (3, 5, 1, 2, 2, 3)),
    ("training.rows", "培训情况", ("日期", "主题", "性质", "培训人", "人数", "课时"), (2, 5, 2, 2, 1, 1)),
    ("desk.open", "期末未办结工单", ("编号", "事项", "级别", "接报时间", "状态", "负责人"), (3, 5, 1, 3, 2, 2)),
    ("people.rows", "人员变动", ("姓名", "岗位", "日期", "变动"), (2, 3, 2, 2)),
    ("materials.rows", "甲方待提供资料", ("编号", "资料", "约定日期", "状态"), (3, 4, 2, 2)),
    ("money.rows", "未付清的付款节点", ("节点", "到期日", "状态"), (4, 2, 2)),
    ("owed.rows", "本期应交付物", ("交付物", "周期", "截止", "状态"), (4, 4, 3, 2)),
    ("clauses.rows", "按合同条款完成情况", ("条款", "内容", "完成情况"), (2, 3, 7)),
)
# Tables that count: figures stand under each other, and a sum is no item with a number.
COUNTED = frozenset({"desk.kinds", "consulting.channels"})
FIGURES = frozenset({"人数", "课时"})
LONG_ONLY = frozenset({"people.rows", "money.rows"})
MOST_WORKS = 200
PART = "inspection_"


def form_of(kind: ReportKind) -> Form:
    """The form of a kind."""
    texts = TEXTS[kind]
    late = [key for key in texts if key is not TextKey.SUMMARY]
    blocks: list[Block] = [
        Fields(
            "head",
            tuple(Field(f"head{number}", label, wide=label in WIDE) for number, label in enumerate(_labels(kind))),
        ),
        Prose(TextKey.SUMMARY.value, TextKey.SUMMARY.label),
        Table(
            "figures",
            (
                Column("section", "类别", 33),
                Column("label", "指标", 33),
                Column("text", "数值", 19, Align.RIGHT),
                Column("note", "说明", 33),
            ),
            "主要数据",
            numbered=False,
        ),
        Chart("trend", "工单受理与办结趋势", "件", optional=True),
        *(_table(key, title, heads, shares) for key, title, heads, shares in GRIDS if _stands(kind, key)),
        Table(
            "works",
            (Column("on", "日期", 2), Column("kind", "类别", 2), Column("text", "内容", 6), Column("who", "人员", 2)),
            "工作记录",
        ),
        Table(
            "problems",
            (
                Column("kind", "类别", 2),
                Column("text", "问题", 4),
                Column("measure", "整改措施", 4),
                Column("owner", "责任人", 2),
                Column("due_on", "期限", 2),
                Column("state", "状态", 2),
            ),
            "问题与整改",
        ),
        *(_parts() if kind is ReportKind.MONTHLY else ()),
        *(Prose(key.value, key.label) for key in late),
        Table(
            "differences",
            (Column("what", "项目", 4), Column("before", "上一版", 4), Column("after", "本版", 4)),
            "与上一版的差异",
            optional=True,
        ),
        *(_hands() if kind is ReportKind.WEEKLY else ()),
    ]
    return Form(kind.label, tuple(blocks), SIGNS)


def compose(actor: Actor, report_id: uuid.UUID) -> Draft:
    """The newest frozen version as the paper's content."""
    report = access.find(actor, report_id)
    if not report.version:
        raise access.ReportNotFound("报告尚未提交，不能出具文书。")
    version = access.version_of(report, report.version)
    content = from_json(version.content)
    hands = {"hands": {"prepared": version.submitted_by_name}} if report.kind is ReportKind.WEEKLY else {}
    return Draft(
        contract_id=report.contract_id,
        subject_id=report.id,
        content=filled(report.kind, content) | hands,
        title=spelled(composing.title_of(report)),
        head=(f"合同：{dict(content.head)['合同名称']}",),
        covers_on=report.ends_on,
        sources=tuple(_sources(content)),
    )


def filled(kind: ReportKind, content: Content) -> dict[str, Any]:
    """A content in the shape of its form, its days as papers spell them."""
    head = dict(content.head)
    curves = [one for section in content.sections for one in section.curves if one.key == "desk.days"]
    works = sorted((one for section in content.sections for one in section.works), key=lambda one: one.on)
    found: dict[str, Any] = {
        "head": {f"head{number}": head.get(label) or "—" for number, label in enumerate(_labels(kind))},
        "figures": [
            {"section": section.title, "label": one.label, "text": one.text, "note": one.note}
            for section in content.sections
            for one in section.figures
        ],
        "works": [{"on": x.on, "kind": x.kind, "text": x.text, "who": x.who} for x in works[:MOST_WORKS]],
        "problems": [
            {
                "kind": each.kind,
                "text": each.text,
                "measure": each.measure,
                "owner": each.owner,
                "due_on": each.due_on,
                "state": each.state,
            }
            for each in content.problems
        ],
    }
    if content.differences:
        found["differences"] = [{"what": a, "before": b, "after": c} for a, b, c in content.differences]
    for curve in curves:
        series = [{"name": name, "values": list(values)} for name, values in curve.series]
        found["trend"] = {"labels": list(curve.labels), "series": series}
    for key, _, heads, _ in GRIDS:
        grid = content.grid(key)
        if grid is not None and _stands(kind, key):
            found[key.replace(".", "_")] = _rows(grid, len(heads))
    if content.inspection is not None:
        found |= {f"{PART}{key}": block for key, block in content.inspection.blocks.items()}
    told: dict[str, Any] = spelled(found | dict(content.texts))
    return told


def install() -> None:
    """Make the three kinds known."""
    for kind in ReportKind:
        documents.register(
            Kind(
                code=kind.value,
                label=kind.label,
                prefix=PREFIXES[kind],
                subject_kind=access.SUBJECT,
                form=form_of(kind),
                compose=compose,
                formats=(Format.PDF, Format.DOCX, Format.XLSX),
                view=Permission.REPORT_VIEW,
                group="运维报告",
            )
        )


def _labels(kind: ReportKind) -> tuple[str, ...]:
    return HEAD + MORE.get(kind, ())


def _stands(kind: ReportKind, key: str) -> bool:
    if key == "clauses.rows":
        return kind is ReportKind.SUMMARY
    return kind is not ReportKind.WEEKLY or key not in LONG_ONLY


def _table(key: str, title: str, heads: tuple[str, ...], shares: tuple[int, ...]) -> Table:
    columns = tuple(
        Column(f"c{place}", head, share, Align.RIGHT, number=True)
        if head in FIGURES or (place and key in COUNTED)
        else Column(f"c{place}", head, share)
        for place, (head, share) in enumerate(zip(heads, shares, strict=True))
    )
    # what the contract does not concern has no grid, and no place on paper
    return Table(key.replace(".", "_"), columns, title, numbered=key not in COUNTED, optional=True)


def _hands() -> Iterator[Block]:
    """Who made a weekly report, looked it through and took it in (domain.md §5.1): a name, and room for a pen."""
    yield Fields(
        "hands",
        (
            Field("prepared", "编制人", lines=2),
            Field("checked", "审核人", lines=2),
            Field("received", "接收人", lines=2),
        ),
        label="编制、审核与接收",
        optional=True,
    )


def _parts() -> Iterator[Block]:
    """The inspection sheet's own blocks, as a part of the month's report."""
    for block in INSPECTION_BLOCKS:
        yield replace(block, key=f"{PART}{block.key}", label=f"巡检单：{block.label or '基本情况'}", optional=True)


def _rows(grid: Grid, width: int) -> list[dict[str, str]]:
    return [{f"c{place}": cell for place, cell in enumerate(row[:width])} for row in grid.rows]


def _sources(content: Content) -> Iterator[tuple[str, str]]:
    for section in content.sections:
        for one in section.figures:
            if one.address:
                yield f"{section.title} · {one.label}", one.address
