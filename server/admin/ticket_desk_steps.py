"""The steps that two sides take together: arrival and its signature, analysis, consent, scope; and what a ticket is."""

from __future__ import annotations

from server.admin.ticket_action import Action
from server.admin.ticket_forms import (
    AnalyseSchema,
    AskConsentSchema,
    ConfirmScopeSchema,
    ConsentSchema,
    ProposeScopeSchema,
    ReclassifySchema,
    VisitSchema,
)
from server.domain import tickets
from server.domain.contracts import Party
from server.domain.identity import Actor, Permission
from server.domain.tickets import Consent, EventKind, Ticket

P, E = Permission, EventKind
YES = "yes"


def side_of(actor: Actor) -> Party:
    """For which side the officer speaks at the desk."""
    return Party.BUREAU if actor.contracts_for(P.TICKET_VIEW) is None else Party.VENDOR


def _proposes(actor: Actor, ticket: Ticket) -> bool:
    if ticket.contract_id is None:
        return False
    return side_of(actor) is Party.VENDOR or tickets.may(actor, P.TICKET_DECIDE, ticket.contract_id)


def _answers(actor: Actor, ticket: Ticket) -> bool:
    asked = ticket.scope_proposed is not None and ticket.scope_proposed_by is not side_of(actor)
    return asked and _proposes(actor, ticket)


def _repairs(_actor: Actor, ticket: Ticket) -> bool:
    return tickets.needs_consent(ticket)


def _asks(actor: Actor, ticket: Ticket) -> bool:
    return side_of(actor) is Party.VENDOR and tickets.needs_consent(ticket)


def _consents(_actor: Actor, ticket: Ticket) -> bool:
    return ticket.consent is not Consent.GIVEN and (ticket.consent is Consent.ASKED or tickets.needs_consent(ticket))


def _renames(actor: Actor, ticket: Ticket) -> bool:
    from_requirement = ticket.kind is tickets.Kind.REQUIREMENT
    return not from_requirement or tickets.may(actor, P.TICKET_DECIDE, ticket.contract_id)


DESK_STEPS: tuple[Action, ...] = (
    Action(
        name="sign_arrival",
        label="签认到场",
        icon="signature",
        step=E.ARRIVAL_SIGNED,
        permission=P.TICKET_DECIDE,
        schema=VisitSchema,
        perform=lambda actor, key, version, values, _: tickets.sign_arrival(
            actor, key, who=values["who"], at=values["at"], version=version
        ),
        done="已签认到场时间",
        said="who",
        useful=_repairs,
    ),
    Action(
        name="analyse",
        label="联合分析",
        icon="report-analytics",
        step=E.ANALYSED,
        permission=P.TICKET_RESPOND,
        schema=AnalyseSchema,
        perform=lambda actor, key, version, values, _: tickets.analyse(
            actor, key, text=values["text"], version=version
        ),
        done="已记录联合分析",
        said="text",
        useful=_repairs,
    ),
    Action(
        name="ask_consent",
        label="请求同意处置",
        icon="help-circle",
        step=E.CONSENT_ASKED,
        permission=P.TICKET_RESPOND,
        schema=AskConsentSchema,
        perform=lambda actor, key, version, values, _: tickets.ask_consent(
            actor, key, proposal=values["proposal"], version=version
        ),
        done="已提交处置方案，待局方同意",
        said="proposal",
        useful=_asks,
    ),
    Action(
        name="consent",
        label="答复处置方案",
        icon="checkbox",
        step=E.CONSENTED,
        permission=P.TICKET_DECIDE,
        schema=ConsentSchema,
        perform=lambda actor, key, version, values, _: tickets.consent(
            actor, key, agreed=values["agreed"] == YES, text=values["text"], version=version
        ),
        done="已答复处置方案",
        said="text",
        useful=_consents,
    ),
    Action(
        name="propose_scope",
        label="提出范围判定",
        icon="scale",
        step=E.SCOPE_PROPOSED,
        permission=P.TICKET_RESPOND,
        schema=ProposeScopeSchema,
        perform=lambda actor, key, version, values, _: tickets.propose_scope(
            actor, key, scope=values["scope"], reason=values["reason"], version=version
        ),
        done="已提出，待对方确认",
        said="reason",
        useful=_proposes,
    ),
    Action(
        name="confirm_scope",
        label="答复范围判定",
        icon="checkbox",
        step=E.SCOPE_CONFIRMED,
        permission=P.TICKET_RESPOND,
        schema=ConfirmScopeSchema,
        perform=lambda actor, key, version, values, _: tickets.confirm_scope(
            actor, key, agreed=values["agreed"] == YES, reason=values["reason"], version=version
        ),
        done="已答复范围判定",
        said="reason",
        useful=_answers,
    ),
    Action(
        name="reclassify",
        label="变更类型",
        icon="tag",
        step=E.RECLASSIFIED,
        permission=P.TICKET_RESPOND,
        schema=ReclassifySchema,
        perform=lambda actor, key, version, values, _: tickets.reclassify(
            actor, key, kind=values["kind"], reason=values["reason"], version=version
        ),
        done="已变更类型",
        said="reason",
        useful=_renames,
    ),
)
