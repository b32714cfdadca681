"""The form of a flag as it is sent: read into a draft, and its rows added, removed and moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from server.admin.flag_conditions import ConditionRow, one, read_conditions
from server.admin.flag_drafts import (
    LOGIC,
    RULES,
    Draft,
    PrerequisiteRow,
    RuleRow,
    ShareRow,
    VariantRow,
    document_of,
    draft_of,
    pretty,
)
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import Kind

# More rows than a document may have, so that the parser can say so.
MOST = 60
Sent = Mapping[str, list[str]]
T = TypeVar("T")
FIRST_VALUES = {Kind.BOOLEAN: "true", Kind.STRING: "", Kind.NUMBER: "0", Kind.OBJECT: "{}"}


def read_draft(form: MultiDict[str, str], key: str) -> Draft:
    """What was typed. Nothing is refused here."""
    sent = form.to_dict(flat=False)
    return Draft(
        key=key,
        kind=one(sent, "kind"),
        name=one(sent, "name"),
        description=one(sent, "description"),
        owner=one(sent, "owner"),
        tags=one(sent, "tags"),
        permanent="permanent" in sent,
        expires_on=one(sent, "expires_on"),
        enabled="enabled" in sent,
        default=one(sent, "default"),
        otherwise=one(sent, "otherwise"),
        seed=one(sent, "seed"),
        metadata=one(sent, "metadata") or "{}",
        mode=LOGIC if one(sent, "mode") == LOGIC else RULES,
        logic=one(sent, "logic"),
        variants=[
            VariantRow(one(sent, f"{place}-name"), one(sent, f"{place}-value")) for place in _places(sent, "variants")
        ],
        prerequisites=[
            PrerequisiteRow(one(sent, f"{place}-flag"), one(sent, f"{place}-variants"))
            for place in _places(sent, "prerequisites", "flag")
        ],
        rules=[_rule(sent, place) for place in _places(sent, "rules")],
    ).settled()


def act(draft: Draft, command: str) -> Draft:
    """Do what a button of the form says: ``rule.add``, ``rule.up.2``, ``when.remove.2.1``, ``variant.remove.0`` …"""
    what, *rest = command.split(".")
    verb, numbers = (rest[0], [int(each) for each in rest[1:] if each.isdigit()]) if rest else ("", [])
    if what == "mode":
        return _switched(draft, verb)
    if what == "when" and numbers and numbers[0] < len(draft.rules):
        _list_act(draft.rules[numbers[0]].when, verb, numbers[1:], ConditionRow())
    elif what == "rule":
        first = draft.variant_names[0] if draft.variant_names else ""
        _list_act(draft.rules, verb, numbers, RuleRow(give=first))
    elif what == "share":
        _list_act(draft.rules, "add", [], RuleRow(name="灰度"))
    elif what == "variant":
        value = FIRST_VALUES.get(Kind(draft.kind), "") if draft.kind in set(Kind) else ""
        _list_act(draft.variants, verb, numbers, VariantRow("", value))
    elif what == "prerequisite":
        _list_act(draft.prerequisites, verb, numbers, PrerequisiteRow())
    return draft.settled()


def _list_act(rows: list[T], verb: str, numbers: list[int], new: T) -> None:
    if verb == "add" and len(rows) < MOST:
        rows.append(new)
        return
    if not numbers or numbers[0] >= len(rows):
        return
    at = numbers[0]
    if verb == "remove":
        del rows[at]
    other = at + {"up": -1, "down": 1}.get(verb, 0)
    if verb in {"up", "down"} and 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]


def _switched(draft: Draft, mode: str) -> Draft:
    """Rules into JsonLogic, and back where it has the shapes of rules. What cannot be read stays where it is."""
    if mode == draft.mode or mode not in {RULES, LOGIC}:
        return draft
    if mode == LOGIC:
        document, faults = document_of(draft)
        if document is None:
            raise Invalid("规则还有需要修改的地方，改好后才能转为 JsonLogic。", fields=faults)
        alone = {name: value for name, value in document.items() if name not in {"prerequisites", "otherwise"}}
        exported = flags.to_flagd({draft.key: alone}, {}, authoring=False)["flags"][draft.key]
        draft.logic = pretty(exported["targeting"]) if exported.get("targeting") else ""
        draft.mode = LOGIC
        return draft
    if not draft.logic.strip():
        draft.mode = RULES
        return draft.settled()
    document, faults = document_of(draft)
    if document is None:
        raise Invalid("JsonLogic 还有需要修改的地方。", fields=faults)
    read = _as_rules(document)
    if read is None:
        raise Invalid("这段 JsonLogic 不能还原成规则，请继续用 JsonLogic 编辑。")
    found = draft_of(read)
    draft.rules, draft.seed, draft.mode, draft.logic = found.rules, found.seed, RULES, ""
    return draft.settled()


def _as_rules(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same flag with rules; None if its logic has other shapes."""
    alone = {name: value for name, value in document.items() if name not in {"prerequisites", "otherwise"}}
    key = str(document["key"])
    exported = flags.to_flagd({key: alone}, {}, authoring=False)
    read = flags.from_flagd(exported)[0][key]
    if "targeting" in read:
        return None
    rules = read.get("rules", [])
    # A share brings the seed that it was written with.
    seed = read["seed"] if any("split" in rule["serve"] for rule in rules) else document["seed"]
    return {**{name: value for name, value in document.items() if name != "targeting"}, "rules": rules, "seed": seed}


def _rule(sent: Sent, place: str) -> RuleRow:
    shares = [
        ShareRow(one(sent, f"{row}-variant"), one(sent, f"{row}-percent"))
        for row in _places(sent, f"{place}-share", "variant")
    ]
    return RuleRow(
        name=one(sent, f"{place}-name"),
        when=read_conditions(sent, f"{place}-when", MOST),
        give=one(sent, f"{place}-give"),
        by=one(sent, f"{place}-by") or "targetingKey",
        shares=shares,
    )


def _places(sent: Sent, prefix: str, mark: str = "name") -> list[str]:
    """``rules-0``, ``rules-1`` … as far as they were sent."""
    found = []
    for number in range(MOST):
        if f"{prefix}-{number}-{mark}" not in sent:
            break
        found.append(f"{prefix}-{number}")
    return found
