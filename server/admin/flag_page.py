"""What the page of one flag shows: its rules in words with their shares, who asks for it, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.admin.flag_states import FlagState, state_of, states_of
from server.core import clock
from server.core.db import session
from server.domain import flags
from server.domain.flags import Content, Difference, Environment, Flag, Revision, Subject
from server.domain.identity import Actor, Permission

CHART_DAYS = 14
MOST_PASSAGES = 6
# The usual ways up, in hundredths of a percent.
STEPS = (100, 500, 1000, 2500, 5000, 10_000)


@dataclass(frozen=True, slots=True)
class Share:
    """One variant's part of a share bar, in percent; ``place`` picks its colour."""

    variant: str
    percent: float
    text: str
    place: int
    start: float


@dataclass(frozen=True, slots=True)
class WordedRule:
    """A rule for people. ``steps``: to which shares (in hundredths of a percent) its first variant may grow."""

    number: int
    name: str
    conditions: list[str]
    serve: str
    variant: str
    shares: list[Share]
    steps: list[int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A change of the flag: the revision that made it and what it did."""

    revision: Revision
    differences: list[Difference]


def context_of(actor: Actor, key: str, where: Environment, contents: Mapping[Environment, Content]) -> dict[str, Any]:
    """All that the page needs for one environment."""
    content = contents[where]
    document = content.flags.get(key)
    known = document or next(found.flags[key] for found in contents.values() if key in found.flags)
    flag = flags.parse_flag(document) if document else None
    used = flags.last_evaluated(where)
    return {
        "key": key,
        "environment": where,
        "environments": list(Environment),
        "states": states_of(key, contents),
        "state": state_of(document),
        "flag": flag,
        "known": flags.parse_flag(known),
        "seen": content.hash_of(Subject.FLAG, key),
        "rules": worded_rules(flag, segment_names(content)) if flag else [],
        "prerequisites": _prerequisites(flag, content) if flag else [],
        "dependants": dependants_of(key, content),
        "variants": _variants(flag) if flag else [],
        "logic": flag.targeting if flag else None,
        "passages": passages_of(actor, key, where) if flag else [],
        "chart": chart_of(actor, where, key, ordered_variants(flag) if flag else []),
        "last_used": used.get(key),
        "stale": next((each for each in flags.stale(actor, where, used) if each.key == key), None),
        "approval": flags.needs_approval(where),
        "may_edit": actor.may(Permission.FLAG_EDIT),
        "may_kill": actor.may(Permission.FLAG_KILL),
    }


def worded_rules(flag: Flag, names: Mapping[str, str]) -> list[WordedRule]:
    """A flag's rules as the page says them. ``names``: those of segments by key."""
    return [_worded(number, rule, names) for number, rule in enumerate(flag.rules)]


def next_steps(current: int) -> list[int]:
    """To which shares one may grow from here."""
    return [step for step in STEPS if step > current]


def ordered_variants(flag: Flag) -> list[str]:
    """The variants in the order of the shares, where there are any."""
    shared = [name for rule in flag.rules for name, _ in rule.serve.split]
    return [*dict.fromkeys([*shared, *flag.variants])]


def segment_names(content: Content) -> dict[str, str]:
    """The segments' names by key."""
    return {key: str(document["name"]) for key, document in content.segments.items()}


def dependants_of(key: str, content: Content) -> list[tuple[str, str]]:
    """The flags that have this one as a prerequisite: key and name."""
    return [
        (other, str(document["name"]))
        for other, document in content.flags.items()
        if any(each["flag"] == key for each in document.get("prerequisites", []))
    ]


def passages_of(actor: Actor, key: str, where: Environment, subject: Subject = Subject.FLAG) -> list[Passage]:
    """The newest changes of a flag or segment."""
    found = session().execute(flags.history_of(actor, key, where, subject=subject).limit(MOST_PASSAGES)).all()
    told = flags.differences_of([change for change, _ in found])
    return [Passage(revision, told[change.id]) for change, revision in found]


def chart_of(actor: Actor, where: Environment, key: str, order: list[str]) -> dict[str, Any] | None:
    """Evaluations of the last days by variant: an ECharts dictionary, and rows for the table; None without any.

    ``order``: the variants as the rest of the page has them, so that a colour means the same everywhere.
    """
    counts = flags.evaluation_counts(actor, where, days=CHART_DAYS, key=key)
    if not counts:
        return None
    today = clock.today()
    days = [today - timedelta(days=back) for back in range(CHART_DAYS - 1, -1, -1)]
    asked = {each.variant for each in counts}
    variants = [*(name for name in order if name in asked), *sorted(asked.difference(order))]
    table: dict[str, list[int]] = {variant: [0] * CHART_DAYS for variant in variants}
    for each in counts:
        table[each.variant][(each.day - days[0]).days] += each.count
    labels = [f"{day:%m-%d}" for day in days]
    named = {variant: variant or "程序默认" for variant in variants}
    option = {
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "bar", "stack": "all", "name": named[variant], "data": table[variant]} for variant in variants
        ],
    }
    rows = [(label, *(table[variant][n] for variant in variants)) for n, label in enumerate(labels)]
    return {
        "option": option,
        "columns": ["日期", *named.values()],
        "rows": rows,
        "total": sum(each.count for each in counts),
        "versions": _by_version(counts),
    }


def _by_version(counts: list[flags.Evaluations]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for each in counts:
        name = each.version or "未报告版本"
        found[name] = found.get(name, 0) + each.count
    return sorted(found.items(), key=lambda pair: -pair[1])[:5]


def _worded(number: int, rule: flags.Rule, names: Mapping[str, str]) -> WordedRule:
    shares, start = [], 0.0
    for place, (variant, weight) in enumerate(rule.serve.split):
        shares.append(Share(variant, weight / 100, flags.percent(weight), place, start))
        start += weight / 100
    return WordedRule(
        number=number,
        name=rule.name or f"第 {number + 1} 条规则",
        conditions=[flags.condition_in_words(each, names) for each in rule.when],
        serve=flags.serve_in_words(rule.serve),
        variant=rule.serve.variant,
        shares=shares,
        steps=next_steps(rule.serve.split[0][1]) if rule.serve.split else [],
    )


def _prerequisites(flag: Flag, content: Content) -> list[tuple[str, str, str, FlagState]]:
    """Key, name, wanted variants, and the state of the other flag."""
    return [
        (
            each.flag,
            str(content.flags[each.flag]["name"]),
            "、".join(each.variants),
            state_of(content.flags[each.flag]),
        )
        for each in flag.prerequisites
    ]


def _variants(flag: Flag) -> list[tuple[str, str, bool]]:
    """Name, value, and whether it is the default."""
    named = ordered_variants(flag)
    return [(name, flags.value_in_words(flag.variants[name]), name == flag.default) for name in named]
