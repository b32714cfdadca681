"""Figures for Prometheus: answered requests counted here, and gauges that a face reads at the moment of asking.

With ``PROMETHEUS_MULTIPROC_DIR`` set before the start the counters are those of all workers together.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure: ``shijian_<name>`` with its labels. Gauges of one name have the same labels."""

    name: str
    said: str
    labels: Mapping[str, str]
    value: float


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


def exposition(gauges: Iterable[Gauge]) -> bytes:
    """All counters, and gauges that were read just now, in Prometheus' text format."""
    now = CollectorRegistry()
    now.register(_Now(gauges))
    return generate_latest(_counters()) + generate_latest(now)


class _Now(Collector):
    """What was read just now, one family a name."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._families: dict[str, GaugeMetricFamily] = {}
        for gauge in gauges:
            family = self._families.setdefault(
                gauge.name, GaugeMetricFamily(f"shijian_{gauge.name}", gauge.said, labels=list(gauge.labels))
            )
            family.add_metric(list(gauge.labels.values()), float(gauge.value))

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The families."""
        return self._families.values()


def _counters() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return together
