"""What a report says where nobody wrote anything: sentences over its own figures, and nothing that they do not show."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.reports.content import Figure, Grid, Section
from server.domain.reports.vocabulary import ReportKind, TextKey

SPANS = {ReportKind.WEEKLY: "本周", ReportKind.MONTHLY: "本月", ReportKind.SUMMARY: "本期"}
NAMED = 5


class Told:
    """The figures of some sections by key."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.figures = {one.key: one for section in sections for one in section.figures}
        self.grids = {one.key: one for section in sections for one in section.grids}

    def some(self, key: str) -> Figure | None:
        """The figure if it counts anything."""
        found = self.figures.get(key)
        return found if found is not None and found.value not in (None, 0, "0") else None

    def count(self, key: str) -> str:
        """Its text."""
        found = self.figures.get(key)
        return found.text if found is not None else "0 件"

    def names(self, key: str) -> str:
        """What it counts, by name, at most a few."""
        found = self.figures.get(key)
        if found is None:
            return ""
        words = "；".join(ref.words for ref in found.refs[:NAMED])
        return words + ("等" if len(found.refs) > NAMED else "")

    def grid(self, key: str) -> Grid | None:
        """A grid."""
        return self.grids.get(key)


def automatic(kind: ReportKind, sections: Sequence[Section], following: Sequence[str]) -> dict[TextKey, str]:
    """Every text as the figures give it; ``following`` is what falls due in the next period."""
    told = Told(sections)
    return {
        TextKey.SUMMARY: _summary(kind, told),
        TextKey.QUALITY: _quality(told),
        TextKey.PLAN: _plan(told, following),
        TextKey.RISKS: _risks(told),
        TextKey.ADVICE: "无。",
        TextKey.CONCLUSION: _conclusion(kind, told),
    }


def _summary(kind: ReportKind, told: Told) -> str:
    parts = [
        (
            f"{SPANS[kind]}期初未办结 {told.count('desk.before')}，新接报 {told.count('desk.received')}，"
            f"办结 {told.count('desk.done')}，期末未办结 {told.count('desk.after')}。"
        )
    ]
    if consulted := told.some("consulting.total"):
        parts.append(f"其中受理咨询 {consulted.text}。")
    did = [
        ("field.remote", "远程服务"),
        ("field.arrived", "到场处置"),
        ("released.full", "全量发布版本"),
        ("released.flags", "变更功能开关"),
        ("acceptance.accepted", "验收合格"),
        ("referred.sent", "转出问题反馈单"),
        ("referred.liaison", "沟通协调"),
        ("calls.total", "值班来电"),
        ("upkeep.works", "维护作业"),
        ("upkeep.inspections", "现场巡检"),
        ("training.held", "培训"),
    ]
    done = [f"{words} {found.text}" for key, words in did if (found := told.some(key))]
    if done:
        parts.append(f"{'，'.join(done)}。")
    return "".join(parts)


def _quality(told: Told) -> str:
    parts = []
    for key, words in (("response", "响应"), ("on_site", "到场")):
        rate = told.figures.get(f"promises.{key}.rate")
        if rate is None or rate.value is None:
            parts.append(f"合同未约定{words}时限。")
        elif told.some(f"promises.{key}.ended"):
            parts.append(
                f"应{words} {told.count(f'promises.{key}.ended')}，按时 {told.count(f'promises.{key}.kept')}，"
                f"超时 {told.count(f'promises.{key}.late')}，达标率 {rate.text}。"
            )
    if stars := told.some("desk.stars"):
        parts.append(f"用户平均评价 {stars.text}（{stars.note}）。")
    return "".join(parts)


def _plan(told: Told, following: Sequence[str]) -> str:
    lines = []
    if left := told.some("desk.after"):
        lines.append(f"继续办理未办结工单 {left.text}：{told.names('desk.after')}。")
    if orders := told.some("money.orders"):
        lines.append(f"完成整改通知 {orders.text}：{told.names('money.orders')}。")
    if waiting := told.some("acceptance.waiting"):
        lines.append(f"配合验收 {waiting.text}：{told.names('acceptance.waiting')}。")
    lines += [f"{each}。" for each in following]
    return _numbered(lines) or "按合同约定开展日常运维。"


def _risks(told: Told) -> str:
    lines = [
        f"{words} {found.text}：{told.names(key)}。" if found.refs else f"{words} {found.text}。"
        for key, words in (
            ("promises.response.late", "响应超时"),
            ("promises.on_site.late", "到场超时"),
            ("materials.late", "甲方资料逾期未提供"),
            ("money.late", "付款节点逾期"),
            ("money.orders", "整改通知未完成"),
            ("calls.missed", "来电未接且未回拨"),
            ("owed.missing", "应交付物未提交"),
        )
        if (found := told.some(key))
    ]
    return _numbered(lines) or "本期未发现需要提示的风险。"


def _conclusion(kind: ReportKind, told: Told) -> str:
    due = told.some("owed.due")
    papers = (
        f"应交付物 {due.text}，按时提交 {told.count('owed.in_time')}，迟交 {told.count('owed.late')}，"
        f"未提交 {told.count('owed.missing')}。"
        if due
        else ""
    )
    return f"{_summary(kind, told)}{_quality(told)}{papers}"


def _numbered(lines: Sequence[str]) -> str:
    if len(lines) < 2:  # noqa: PLR2004 - a list begins with two
        return "".join(lines)
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
