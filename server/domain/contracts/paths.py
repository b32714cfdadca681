"""Terms as JSON, by path: what to change in them, and what differs between two revisions.

A path is written with dots; entries of a list go by their ``key`` (or ``id``): ``milestones.first.due.working_days``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server.core.enums import Labelled
from server.core.errors import Invalid
from server.domain.calendar import CycleKind
from server.domain.contracts.terms import (
    Combine,
    DayRule,
    Event,
    FeePer,
    MonthlyRule,
    Party,
    PenaltyBase,
    PenaltyPer,
)

MISSING = object()
LABELS = {
    "fee": "费用",
    "response": "响应时限",
    "on_site": "现场到达",
    "acceptance": "验收",
    "replacement": "人员更换",
    "milestones": "付款节点",
    "penalties": "违约金",
    "deliverables": "交付物",
    "billing": "开票与收款",
    "clauses": "条款",
    "findings": "矛盾与缺漏",
    "working_day_hours": "工作日（小时）",
    "other_day_hours": "非工作日（小时）",
    "day_rule": "跨日规则",
    "hours": "小时数",
    "days": "天数",
    "roll_over": "遇休息日顺延",
    "deemed": "逾期视为通过",
    "notice_days": "提前通知天数",
    "experience_years": "经验年限",
    "amount": "金额",
    "words": "大写金额",
    "per": "计价方式",
    "paid_from": "付费期起",
    "paid_to": "付费期止",
    "monthly": "月服务费算法",
    "due": "到期规则",
    "combine": "组合方式",
    "fixed_on": "固定日期",
    "events": "起算事件",
    "working_days": "工作日数",
    "rate": "比例",
    "base": "基数",
    "block_days": "每段工作日数",
    "owed_by": "责任方",
    "title": "名称",
    "text": "内容",
    "chosen": "采用的读法",
    "chosen_by": "选定人",
    "chosen_on": "选定日期",
    "payee_account": "收款账号",
    "payee_bank": "开户行",
    "payee_name": "收款单位",
    "buyer_title": "发票抬头",
    "buyer_tax_number": "纳税人识别号",
}
MASKED = frozenset({"payee_account"})


CHOICES: Mapping[str, tuple[type[Labelled], ...]] = {
    "day_rule": (DayRule,),
    "combine": (Combine,),
    "monthly": (MonthlyRule,),
    "per": (FeePer, PenaltyPer),
    "base": (PenaltyBase,),
    "owed_by": (Party,),
    "events": (Event,),
    "cycle": (CycleKind,),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs; None where a side does not have it. Account numbers are masked.

    ``label`` is the path in Chinese; ``was`` and ``becomes`` are the values for people.
    """

    path: str
    label: str
    before: Any
    after: Any
    was: str
    becomes: str


def with_changes(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of terms with values replaced by path; Invalid if a path's parent is not there."""
    made = copy.deepcopy(dict(data))
    for path, value in changes.items():
        *parents, name = path.split(".")
        place: Any = made
        for parent in parents:
            place = _step(place, parent, path)
        if not isinstance(place, dict):
            raise Invalid(fields={path: ["没有这一项条款数据"]})
        place[name] = copy.deepcopy(value)
    return made


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every value that differs between two revisions, in the order of their paths."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    names = _names(before) | _names(after)
    found = []
    for path in sorted(old.keys() | new.keys()):
        was, becomes = old.get(path), new.get(path)
        if old.get(path, MISSING) != new.get(path, MISSING):
            label = spell_path(path, names)
            words = spell_value(path, was, names), spell_value(path, becomes, names)
            found.append(Difference(path, label, _shown(path, was), _shown(path, becomes), *words))
    return found


def spell_path(path: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A path in Chinese: 响应时限 · 工作日（小时）. ``names`` tells what entries of lists are called."""
    parts = path.split(".")
    whole = [".".join(parts[: number + 1]) for number in range(len(parts))]
    return " · ".join(names.get(at, LABELS.get(part, part)) for at, part in zip(whole, parts, strict=True))


def spell_value(path: str, value: Any, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A value for people: choices by their label, yes and no, 未约定 for none."""
    if value is None or value == []:
        return "（空）" if path.startswith("findings.") else "未约定"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(spell_value(path, each, names) for each in value)
    for members in CHOICES.get(path.rpartition(".")[2], ()):
        if value in set(members):
            return members(value).label
    return names.get(f"{path}={value}", str(_shown(path, value))) or "（空）"


def masked(number: str) -> str:
    """An account number of which the last four digits can be seen."""
    return f"{'*' * max(len(number) - 4, 0)}{number[-4:]}"


def _step(place: Any, name: str, path: str) -> Any:
    if isinstance(place, dict):
        found = place.get(name)
    elif isinstance(place, list):
        found = next((each for each in place if isinstance(each, dict) and _key(each) == name), None)
    else:
        found = None
    if found is None:
        raise Invalid(fields={path: ["没有这一项条款数据"]})
    return found


def _key(entry: Mapping[str, Any]) -> Any:
    return entry.get("key", entry.get("id"))


def _names(data: Mapping[str, Any]) -> dict[str, str]:
    """What entries of the lists are called, by path, and what the keys of readings stand for."""
    found: dict[str, str] = {}
    for part, entries in data.items():
        for entry in entries if isinstance(entries, list) else ():
            at = f"{part}.{_key(entry)}"
            found[at] = f"第 {entry['number']} 条" if "number" in entry else str(entry.get("title") or _key(entry))
            for reading in entry.get("readings") or ():
                found[f"{at}.chosen={reading.get('key')}"] = str(reading.get("label"))
    return found


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{path}.{_key(each) or number}")
    elif value is not None:
        yield path, value


def _shown(path: str, value: Any) -> Any:
    return masked(str(value)) if value is not None and path.rpartition(".")[2] in MASKED else value
