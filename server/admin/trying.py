"""One attempt at a verb for a form: done in a unit of its own, or refused into the form with nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from server.admin.forms import Form
from server.core import db
from server.core.errors import Conflict, Invalid

T = TypeVar("T")


def attempt(form: Form, verb: Callable[[], T]) -> T | None:
    """What the verb answers; None when the form or the domain refused, and then the form says why.

    The caller has looked whether the thing is this person's to change, so that nobody is told of a form's faults first.
    """
    if not form.valid:
        return None
    try:
        with db.unit():
            return verb()
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
    except Conflict as refused:
        form.refuse(message=refused.text)
    return None
