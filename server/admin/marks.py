"""What a view says about who may see it. A leaf: the views of the kit itself carry marks, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from server.domain.identity import Permission

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks for. ``anyone``: not even a session. ``duty``: also before what must be done first is done."""

    permission: Permission | None = None
    step_up: bool = False
    anyone: bool = False
    duty: bool = False
    csrf: bool = True


def mark(view: Callable[P, R], access: Access) -> Callable[P, R]:
    """Leave the mark on the view itself, where the guard and the tests read it."""
    view.access = access  # type: ignore[attr-defined]  # a function takes any attribute
    return view


def access_of(view: Callable[..., Any]) -> Access | None:
    """What a view asks for; None if it never said."""
    return getattr(view, "access", None)


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """For anybody at all."""
    return mark(view, Access(anyone=True))


def open_to_browsers(view: Callable[P, R]) -> Callable[P, R]:
    """For anybody, and posts need no token: what browsers send by themselves."""
    return mark(view, Access(anyone=True, csrf=False))
