"""The handlers of every kind of job, one module a subject."""

from __future__ import annotations

import importlib

MODULES = (
    "agenda",
    "audit",
    "citizens",
    "content",
    "document_runs",
    "documents",
    "duty",
    "exposures",
    "flags",
    "messages",
    "payments",
    "platform",
    "pushes",
    "records",
    "releases",
    "reports",
    "retention",
    "secrecy",
    "signing",
    "source_maps",
    "staffing",
    "tickets",
    "traffic",
    "training",
    "upkeep",
)


def load(*, probes: bool = False) -> None:
    """Import the handler modules, which register themselves; ``probes`` adds the kinds that tests work with."""
    for name in (*MODULES, "probe") if probes else MODULES:
        importlib.import_module(f"{__name__}.{name}")
