"""Flag evaluation in one process: our engine beside openfeature-flagd-core, as evaluations per second of processor time.

``python -m benchmarks.flags_engine [--rounds 5] [--seconds 0.3]``. Windows are interleaved and the median is printed with
its spread; the ratio is of medians of the same run. Answers are compared before anything is measured.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from statistics import median
from typing import Any

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

from server.domain.flags.evaluation import FlagSet, compile_set

AT = datetime(2026, 11, 21, tzinfo=UTC)
BATCH = 200
VARIANTS = {"on": True, "off": False}


def targeted(listed: int) -> dict[str, Any]:
    """An allow-list, a version with a list of platforms, a sticky percentage: what reference figures were measured with."""
    return {
        "state": "ENABLED",
        "variants": VARIANTS,
        "defaultVariant": "off",
        "metadata": {"owner": "bureau"},
        "targeting": {
            "if": [
                {"in": [{"var": "targetingKey"}, [f"vip-{number}" for number in range(listed)]]},
                "on",
                {
                    "and": [
                        {"sem_ver": [{"var": "appVersion"}, ">=", "1.4.0"]},
                        {"in": [{"var": "platform"}, ["ios", "android", "devtools"]]},
                    ]
                },
                {"fractional": [["on", 25], ["off", 75]]},
                "off",
            ]
        },
    }


def document(listed: int = 100) -> dict[str, Any]:
    """50 flags: 10 without a rule, 40 with one."""
    plain = {"state": "ENABLED", "variants": VARIANTS, "defaultVariant": "on"}
    flags = {f"static-{number}": dict(plain) for number in range(10)}
    return {
        "flags": flags | {f"targeted-{number}": targeted(listed) for number in range(40)},
        "metadata": {"version": "7"},
    }


CONTEXTS = [
    {
        "targetingKey": f"user-{number}",
        "appVersion": ("1.4.2", "1.3.9", "1.5.0-rc.1", "1.12.0")[number % 4],
        "platform": ("ios", "android", "windows")[number % 3],
    }
    for number in range(1000)
]
INVALID = [context | {"appVersion": "2024.01.05"} for context in CONTEXTS]


class Theirs:
    """flagd-core with a document."""

    def __init__(self, listed: int = 100) -> None:
        self.core = FlagdCore()
        self.core.set_flags(document(listed))
        self.keys = sorted(document()["flags"])

    def one(self, key: str, contexts: list[dict[str, Any]]) -> Callable[[], Any]:
        asked = cycle([_asked(context) for context in contexts])
        resolve = self.core.resolve_boolean_value
        return lambda: resolve(key, False, next(asked))

    def all(self) -> Callable[[], Any]:
        asked, resolve, keys = (
            cycle([_asked(context) for context in CONTEXTS]),
            self.core.resolve_boolean_value,
            self.keys,
        )

        def run() -> None:
            context = next(asked)
            for key in keys:
                resolve(key, False, context)

        return run


def _asked(context: dict[str, Any]) -> EvaluationContext:
    attributes = dict(context)
    return EvaluationContext(attributes.pop("targetingKey"), attributes)


class Ours:
    """Our engine with a document."""

    def __init__(self, listed: int = 100) -> None:
        self.set: FlagSet = compile_set(document(listed))

    def one(self, key: str, contexts: list[dict[str, Any]]) -> Callable[[], Any]:
        asked, resolve = cycle(contexts), self.set.resolve
        return lambda: resolve(key, next(asked), at=AT)

    def all(self) -> Callable[[], Any]:
        asked, resolve = cycle(CONTEXTS), self.set.resolve_all
        return lambda: resolve(next(asked), at=AT)

    def bulk(self) -> Callable[[], Any]:
        asked, bulk = cycle(CONTEXTS), self.set.bulk
        return lambda: bulk(next(asked), at=AT)


def rate(run: Callable[[], Any], seconds: float) -> float:
    """Calls per second of processor time over a window."""
    calls, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for _ in range(BATCH):
            run()
        calls += BATCH
    return calls / spent


def agree() -> None:
    """Stops if the two come to different answers: then the figures would mean nothing."""
    core, compiled = Theirs(), Ours()
    for context in CONTEXTS + INVALID:
        for answer in compiled.set.resolve_all(context, at=AT):
            other = core.core.resolve_boolean_value(answer.key, False, _asked(context))
            assert (other.value, other.variant, other.reason) == (answer.value, answer.variant, answer.reason), answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3)
    asked = parser.parse_args()
    logging.getLogger("openfeature.contrib").setLevel(logging.CRITICAL + 1)
    agree()
    theirs, ours = Theirs(), Ours()
    rows: dict[str, tuple[Callable[[], Any] | None, Callable[[], Any]]] = {
        "static": (theirs.one("static-1", CONTEXTS), ours.one("static-1", CONTEXTS)),
        "targeted, list of 100": (theirs.one("targeted-1", CONTEXTS), ours.one("targeted-1", CONTEXTS)),
        "targeted, no list": (Theirs(0).one("targeted-1", CONTEXTS), Ours(0).one("targeted-1", CONTEXTS)),
        "targeted, list of 1000": (Theirs(1000).one("targeted-1", CONTEXTS), Ours(1000).one("targeted-1", CONTEXTS)),
        "targeted, invalid version": (theirs.one("targeted-1", INVALID), ours.one("targeted-1", INVALID)),
        "50 flags": (theirs.all(), ours.all()),
        "50 flags as OFREP bytes": (None, ours.bulk()),
        "compile 50 flags": (None, lambda: compile_set(document())),
    }
    print("| | flagd-core /s | ours /s (min–max) | ratio |\n|---|---|---|---|")
    for name, (one, other) in rows.items():
        baseline, own = [], []
        for _ in range(asked.rounds):
            if one is not None:
                baseline.append(rate(one, asked.seconds))
            own.append(rate(other, asked.seconds))
        core = f"{median(baseline):,.0f}" if baseline else ""
        ratio = f"{median(own) / median(baseline):.1f}" if baseline else ""
        print(f"| {name} | {core} | {median(own):,.0f} ({min(own):,.0f}–{max(own):,.0f}) | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
