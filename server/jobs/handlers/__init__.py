"""The handlers of every kind of job, one module a subject."""

from __future__ import annotations

import importlib

MODULES = ("audit", "citizens", "content", "messages", "pushes", "retention", "tickets")


def load(*, probes: bool = False) -> None:
    """Import the handler modules, which register themselves; ``probes`` adds the kinds that tests work with."""
    for name in (*MODULES, "probe") if probes else MODULES:
        importlib.import_module(f"{__name__}.{name}")
