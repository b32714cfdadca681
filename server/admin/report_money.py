"""Money in a report: on the console only for those who may see payments.

The paper is whole for everybody who may see reports: it is both parties' own, and nobody signs what he may not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from server.domain.identity import Actor, Permission
from server.domain.reports import Content, Difference, Report

MONEY = "money"


def shown(actor: Actor, report: Report, content: Content) -> Content:
    """The content without its money, unless the actor may see the contract's payments."""
    if actor.may(Permission.PAYMENT_VIEW, report.contract_id):
        return content
    return replace(content, sections=tuple(one for one in content.sections if one.key != MONEY))


def told(actor: Actor, report: Report, content: Content, found: Iterable[Difference]) -> list[Difference]:
    """The same for what differs between two contents; ``content`` is either of them."""
    hidden = [one.title for one in content.sections if one.key == MONEY]
    if actor.may(Permission.PAYMENT_VIEW, report.contract_id) or not hidden:
        return list(found)
    return [each for each in found if not each.what.startswith(f"{hidden[0]} · ")]
