"""Tens of thousands of drawn documents and contexts: the same answers as openfeature-flagd-core 2.0.0.

SHIJIAN_ORACLE_ROUNDS=10 draws ten times as many. Where we differ on purpose is in test_differences.py.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from itertools import product

import pytest
import time_machine

from server.domain.flags.evaluation import compile_set
from tests.flags.evaluation import oracle
from tests.flags.evaluation.generated import Drawn

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
ROUNDS = int(os.environ.get("SHIJIAN_ORACLE_ROUNDS", "1"))
PARTS, DOCUMENTS, CONTEXTS = 4, 500, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_drawn_documents_come_to_what_flagd_core_says(part: int) -> None:
    seen: Counter[str] = Counter()
    with time_machine.travel(AT, tick=False), oracle.quiet():
        for seed in range(part, PARTS * DOCUMENTS * ROUNDS, PARTS):
            drawn = Drawn(seed)
            document, kinds = drawn.document()
            core, compiled = oracle.core_for(document), compile_set(document)
            for context, (key, kind) in product([drawn.context() for _ in range(CONTEXTS)], kinds.items()):
                expected = oracle.theirs(core, key, kind, context)
                resolution = compiled.resolve(key, context, at=AT)
                assert oracle.ours(resolution) == expected, (
                    seed,
                    document["flags"][key],
                    document["$evaluators"],
                    context,
                )
                seen[expected[0]] += 1
    assert sum(seen.values()) == DOCUMENTS * ROUNDS * CONTEXTS * 6
    assert min(seen[reason] for reason in ("STATIC", "TARGETING_MATCH", "DEFAULT", "DISABLED", "ERROR")) > 500, seen


@pytest.mark.parametrize("seed", range(40))
def test_a_bulk_is_what_its_flags_are_one_by_one(seed: int) -> None:
    drawn = Drawn(seed)
    document, kinds = drawn.document()
    compiled = compile_set(document)
    for _ in range(5):
        context = drawn.context()
        before = dict(context)
        assert compiled.resolve_all(context, at=AT) == [compiled.resolve(key, context, at=AT) for key in sorted(kinds)]
        assert compiled.bulk(context, at=AT) == (
            b'{"flags":[' + b",".join(compiled.single(key, context, at=AT) for key in sorted(kinds)) + b'],"metadata":'
            b'{"flagSetId":"drawn","version":"3"}}'
        )
        assert context == before
