"""The values of an item: which there are, what they may be, and the verdict that they suggest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from server.core.errors import Invalid
from server.domain.upkeep.vocabulary import ItemForm, Verdict
from server.domain.upkeep.words import said

WHOLE = Decimal(100)
LONGEST = 500

FIELDS: Mapping[ItemForm, Mapping[str, str]] = MappingProxyType(
    {
        ItemForm.HOST: MappingProxyType(
            {
                "cpu_avg": "CPU 平均%",
                "cpu_max": "CPU 峰值%",
                "memory_avg": "内存平均%",
                "memory_max": "内存峰值%",
                "disk_avg": "磁盘平均%",
                "disk_max": "磁盘峰值%",
            }
        ),
        ItemForm.TASKS: MappingProxyType({"normal": "正常", "abnormal": "异常", "repushed": "已补推"}),
        ItemForm.COUNTS: MappingProxyType({"equal": "一致", "different": "不一致", "note": "差异说明"}),
        ItemForm.CHECK: MappingProxyType({"result": "检查结果"}),
    }
)
WORDS = frozenset({"result", "note"})


def checked(form: ItemForm, given: Mapping[str, str]) -> dict[str, str]:
    """The values in one shape, empty ones left out; Invalid names what no item of this form can be."""
    found: dict[str, str] = {}
    faults: dict[str, list[str]] = {}
    for name, label in FIELDS[form].items():
        text = given.get(name, "").strip()
        if not text:
            continue
        if name in WORDS:
            found[name] = said(text, field=name, longest=LONGEST)
        elif (value := _number(form, text)) is None:
            faults[name] = [f"{label}：须为 0 至 100 的数。" if form is ItemForm.HOST else f"{label}：须为整数。"]
        else:
            found[name] = value
    if form is ItemForm.HOST:
        for kind in ("cpu", "memory", "disk"):
            low, high = found.get(f"{kind}_avg"), found.get(f"{kind}_max")
            if low and high and Decimal(low) > Decimal(high):
                faults[f"{kind}_max"] = ["峰值不能低于平均值。"]
    if form is ItemForm.TASKS and int(found.get("repushed", 0)) > int(found.get("abnormal", 0)):
        faults["repushed"] = ["补推数不能多于异常数。"]
    if faults:
        raise Invalid(fields=faults)
    return found


def suggested(
    form: ItemForm, values: Mapping[str, str], *, total: int | None, warn: int, critical: int
) -> Verdict | None:
    """What the figures alone would say; None where words decide or figures are missing."""
    if form is ItemForm.HOST:
        peaks = [Decimal(text) for name, text in values.items() if name.endswith("_max")]
        if len(peaks) < len(FIELDS[form]) // 2:
            return None
        worst = max(peaks)
        return Verdict.ABNORMAL if worst >= critical else Verdict.WATCH if worst >= warn else Verdict.NORMAL
    if form is ItemForm.TASKS and "normal" in values:
        wrong = int(values.get("abnormal", 0))
        if wrong == 0:
            return Verdict.NORMAL if total is None or int(values["normal"]) >= total else Verdict.WATCH
        return Verdict.WATCH if int(values.get("repushed", 0)) == wrong else Verdict.ABNORMAL
    if form is ItemForm.COUNTS and "equal" in values:
        return Verdict.NORMAL if int(values.get("different", 0)) == 0 else Verdict.ABNORMAL
    return None


def told(form: ItemForm, values: Mapping[str, str], *, total: int | None = None) -> str:
    """The values in one line for people and papers."""
    if form is ItemForm.CHECK:
        return values.get("result", "")
    if form is ItemForm.HOST:
        pairs = (("CPU", "cpu"), ("内存", "memory"), ("磁盘", "disk"))
        parts = [
            f"{label} 平均 {_percent(values, f'{key}_avg')}、峰值 {_percent(values, f'{key}_max')}"
            for label, key in pairs
            if values.get(f"{key}_avg") or values.get(f"{key}_max")
        ]
        return "；".join(parts)
    parts = [f"{label} {values[name]}" for name, label in FIELDS[form].items() if name in values and name != "note"]
    if total is not None and parts:
        parts.insert(0, f"共 {total}")
    return "，".join(parts) + (f"；{values['note']}" if values.get("note") else "")


def _percent(values: Mapping[str, str], name: str) -> str:
    return f"{values[name]}%" if values.get(name) else "–"


def _number(form: ItemForm, text: str) -> str | None:
    if form is not ItemForm.HOST:
        return str(int(text)) if text.isascii() and text.isdigit() and len(text) <= len("99999999") else None
    try:
        value = Decimal(text.removesuffix("%").removesuffix("％"))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= WHOLE:
        return None
    short = value.quantize(Decimal("0.1")).normalize()
    return f"{short:f}"
