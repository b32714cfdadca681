"""What goes through every room: keys are rotated and citizens forgotten wherever a room keeps something of them."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from server import domain
from server.jobs.commands.keys import DOORS
from server.jobs.handlers.citizens import ROOMS

EVERYWHERE = [importlib.import_module(f"server.domain.{each.name}") for each in pkgutil.iter_modules(domain.__path__)]


@pytest.mark.parametrize("room", EVERYWHERE, ids=lambda room: room.__name__.rpartition(".")[2])
def test_no_room_is_left_out(room: ModuleType) -> None:
    for name in vars(room):
        if name.startswith("rotate_"):
            assert getattr(room, name) in DOORS.values(), f"shijian keys rotate does not call {name}"
        if name == "forget_citizen":
            told = {door.__module__ for door in ROOMS} | {
                word for door in ROOMS if (code := getattr(door, "__code__", None)) for word in code.co_names
            }
            short = room.__name__.rpartition(".")[2]
            assert short in told or getattr(room, name).__module__ in told, f"{short} does not forget"
