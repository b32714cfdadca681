"""What stands in the way of closing: rooms above register their reasons here, so that the desk need not know them."""

from __future__ import annotations

from collections.abc import Callable

from server.core.errors import Conflict
from server.domain.tickets.models import Ticket

Gate = Callable[[Ticket], str | None]

_gates: list[Gate] = []


class GateShut(Conflict):
    """Something about the ticket is still open elsewhere; the message says what."""

    code = "ticket_gate"
    message = "该工单还有未了结的事项，暂不能关闭。"


def gate(check: Gate) -> None:
    """Register a closing gate, once: a text that it gives for a ticket refuses ``close`` and being merged away."""
    if check not in _gates:
        _gates.append(check)


def ungate(check: Gate) -> None:
    """Take a gate away again."""
    if check in _gates:
        _gates.remove(check)


def reasons(ticket: Ticket) -> list[str]:
    """What stands in the way of closing it now, in words."""
    return [text for check in _gates if (text := check(ticket))]


def pass_gates(ticket: Ticket) -> None:
    """GateShut with every reason, if there is one."""
    shut = reasons(ticket)
    if shut:
        raise GateShut("；".join(shut), reasons=shut)
