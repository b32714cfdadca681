"""Growing a share so that nobody who has the growing variant loses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.core.errors import Conflict, Invalid
from server.domain.flags.documents.parsing import parse_flag
from server.domain.flags.documents.plain import plain
from server.domain.flags.documents.vocabulary import WHOLE_SHARE


class NoShare(Conflict):
    """The rule gives everybody the same, or is not there."""

    code = "flag_no_share"
    message = "这条规则没有按比例分配。"


def grow(document: Mapping[str, Any], rule_index: int, share: int, *, variant: str = "") -> dict[str, Any]:
    """A flag's document with a larger share (hundredths of a percent) of one variant of a rule, by default the first.

    The order of the variants and the total stay, and what is added comes from the neighbours, the next ones first: in
    terms of buckets, the variant's range only widens. Invalid unless the share grows.
    """
    flag = parse_flag(document)
    if not 0 <= rule_index < len(flag.rules) or not flag.rules[rule_index].serve.split:
        raise NoShare
    rule = flag.rules[rule_index]
    names = [name for name, _ in rule.serve.split]
    if variant and variant not in names:
        raise NoShare(f"规则里没有变体“{variant}”的比例。")
    place = names.index(variant) if variant else 0
    weights = [weight for _, weight in rule.serve.split]
    if not weights[place] < share <= WHOLE_SHARE:
        raise Invalid("比例只能增大，且不超过 100%。", fields={"share": ["应大于现在的比例，且不超过 100%"]})
    widened = _widened(weights, place, share - weights[place])
    serve = replace(rule.serve, split=tuple(zip(names, widened, strict=True)))
    rules = (*flag.rules[:rule_index], replace(rule, serve=serve), *flag.rules[rule_index + 1 :])
    return plain(replace(flag, rules=rules))


def _widened(weights: Sequence[int], place: int, wanted: int) -> list[int]:
    """Weights with one widened at the cost of those after it, then of those before it, the nearest first."""
    left = list(weights)
    for other in (*range(place + 1, len(left)), *range(place - 1, -1, -1)):
        given = min(left[other], wanted)
        left[other] -= given
        left[place] += given
        wanted -= given
    return left
