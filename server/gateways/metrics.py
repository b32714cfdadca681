"""Counters of answered requests for Prometheus.

With ``PROMETHEUS_MULTIPROC_DIR`` set before the start they are those of all workers together.
"""

from __future__ import annotations

import os
from functools import lru_cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_requests = Counter("shijian_requests", "Answered requests.", ("method", "route", "status"))
_seconds = Histogram("shijian_request_seconds", "How long answers took.", ("route",), buckets=BUCKETS)


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Note one answered request. ``route`` is the rule, never the path: paths hold what only their reader may know."""
    # A client may invent methods, and every label lives for ever.
    counter, histogram = _children(method if method in METHODS else "other", route, status)
    counter.inc()
    histogram.observe(seconds)


@lru_cache(maxsize=4096)
def _children(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Finding a labelled counter costs more than counting."""
    return _requests.labels(method, route, str(status)), _seconds.labels(route)


def exposition() -> bytes:
    """The counters in Prometheus' text format."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return generate_latest(together)
