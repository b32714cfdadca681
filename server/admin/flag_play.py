"""The playground: who gets what and why, and whom a change would touch. Nothing is counted, nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.admin import flag_trace
from server.admin.access import current_actor, needs
from server.admin.flag_reach import reach as reach_of
from server.admin.flag_trace import Told
from server.admin.flag_words import asked_environment, names_of, shown
from server.admin.navigation import url_if
from server.admin.pages import page, url_with
from server.core import clock, db
from server.core.ids import parse_id
from server.domain import flags
from server.domain.flags import Content, Environment, FlagSet
from server.domain.identity import Permission

blueprint = Blueprint("flag_play", __name__, url_prefix="/admin/flag-playground")

KNOWN = (
    ("targetingKey", "用户", "例如：u-1001"),
    ("version", "小程序版本", "例如：1.4.2"),
    ("platform", "平台", "例如：android"),
    ("baseLibrary", "基础库版本", "例如：3.7.2"),
    ("region", "地区", "例如：330402"),
)
MOST_CONTEXTS = 3
MOST_RECORDED = 40
# Of so many answers the steps are told at once; of more, those of one flag on request.
MOST_TOLD = 150
OPEN_REQUESTS = 50


@dataclass(slots=True)
class Asker:
    """One context as it was typed, as it is evaluated, and what could not be read of it."""

    fields: dict[str, str] = field(default_factory=dict)
    more: str = ""
    problems: list[str] = field(default_factory=list)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one context gets of one flag."""

    value: str
    variant: str
    reason: str
    tone: str
    because: str
    steps: list[Told]


@dataclass(frozen=True, slots=True)
class Answer:
    """One flag for all contexts."""

    key: str
    name: str
    url: str
    cells: list[Cell]


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    """Answers for what the address says."""
    environment, number = asked_environment(), request.args.get("number", type=int)
    content, missing = _content(environment, number)
    askers, at = _askers(environment), _moment()
    only = request.args.get("flag", "")
    names = names_of(content)
    answers = _answers(content, askers, at, only if only in names else "")
    return page(
        "flag_play/index.html",
        "flag_play/_answers.html",
        section="answers",
        environment=environment,
        environments=list(Environment),
        number=number,
        newest=flags.head(environment),
        shown_number=content.number,
        missing=missing,
        at=at,
        at_text=request.args.get("at", ""),
        askers=askers,
        known=KNOWN,
        most=MOST_CONTEXTS,
        more_url=_columns(len(askers) + 1),
        fewer_url=_columns(len(askers) - 1),
        flag_choices=sorted(names.items(), key=lambda each: each[1]),
        only=only,
        answers=answers,
        recorded=_recorded(environment),
    )


@blueprint.get("/reach")
@needs(Permission.FLAG_VIEW)
def reach() -> Response:
    """Two revisions, or an open request, over the contexts seen lately."""
    actor, environment = current_actor(), asked_environment()
    newest = flags.head(environment)
    chosen = request.args.get("request", "")
    open_ones = flags.requests_matching(actor, open_only=True, environment=environment).limit(OPEN_REQUESTS)
    waiting = list(db.session().scalars(open_ones))
    context: dict[str, Any] = {"before": None, "after": None, "problem": ""}
    if chosen:
        dry = flags.request_preview(actor, flags.find_request(actor, parse_id(chosen)))
        context |= {"impact": reach_of(dry.before, dry.after), "touched": dry.touched, "title": "这项申请会影响谁"}
        environment = dry.after.environment
    else:
        after = request.args.get("after", newest, type=int)
        before = request.args.get("before", max(after - 1, 0), type=int)
        context |= {"before": before, "after": after, "title": f"由第 {before} 版变为第 {after} 版，会影响谁"}
        try:
            one, other = (flags.find_content(actor, environment, each) for each in (before, after))
            context |= {"impact": reach_of(one, other), "touched": flags.touched(one, other)}
        except flags.RevisionNotFound:
            context["problem"] = f"{environment.label}没有这一版，当前是第 {newest} 版。"
    return page(
        "flag_play/reach.html",
        section="reach",
        environment=environment,
        environments=list(Environment),
        newest=newest,
        chosen=chosen,
        requests=[(str(each.id), f"{each.reason}（{each.state.label}）") for each in waiting],
        **context,
    )


def _content(environment: Environment, number: int | None) -> tuple[Content, bool]:
    """The asked revision; the newest, and that the asked one is missing."""
    actor = current_actor()
    try:
        return flags.find_content(actor, environment, number), False
    except flags.RevisionNotFound:
        return flags.find_content(actor, environment), True


def _answers(content: Content, askers: list[Asker], at: datetime, only: str) -> list[Answer]:
    compiled = flags.compile_set(flags.document_of(content))
    keys = [only] if only else sorted(content.flags)
    tells = len(keys) * len(askers) <= MOST_TOLD
    return [
        Answer(
            key,
            str(content.flags[key]["name"]),
            url_if("flags.show", key=key, env=content.environment.value),
            [_cell(compiled, content.flags[key], each.context, at, tells=tells) for each in askers],
        )
        for key in keys
    ]


def _cell(
    compiled: FlagSet, document: Mapping[str, Any], context: Mapping[str, Any], at: datetime, *, tells: bool
) -> Cell:
    key = document["key"]
    trace = compiled.trace(key, context, at=at) if tells else None
    resolution = trace.resolution if trace else compiled.resolve(key, context, at=at)
    reason, tone = flag_trace.reason_of(resolution)
    return Cell(
        "程序默认值" if resolution.value is None else shown(resolution.value),
        resolution.variant or "",
        reason,
        tone,
        flag_trace.because(resolution),
        flag_trace.told(trace, document, context) if trace else [],
    )


def _askers(environment: Environment) -> list[Asker]:
    typed = {name: request.args.getlist(name) for name, *_ in KNOWN} | {"more": request.args.getlist("more")}
    count = min(max(1, *(len(values) for values in typed.values())), MOST_CONTEXTS)
    return [_asker(environment, {name: _nth(values, at) for name, values in typed.items()}) for at in range(count)]


def _asker(environment: Environment, typed: dict[str, str]) -> Asker:
    made = Asker(fields=typed, more=typed["more"])
    made.context = {"environment": environment.value}
    made.context |= {name: typed[name].strip() for name, *_ in KNOWN if typed[name].strip()}
    for line in typed["more"].splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not equals or not name:
            made.problems.append(f"“{line.strip()[:40]}”应写作“名称=值”。")
            continue
        made.context[name] = _value(value)
    return made


def _value(text: str) -> Any:
    """JSON where it is some, else the text itself."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def _nth(values: list[str], at: int) -> str:
    return values[at][:4000] if at < len(values) else ""


def _columns(count: int) -> str:
    """This address with so many contexts."""
    names = [*(name for name, *_ in KNOWN), "more"]
    return url_with(**{name: [_nth(request.args.getlist(name), at) for at in range(count)] for name in names})


def _moment() -> datetime:
    try:
        asked = datetime.fromisoformat(request.args.get("at", ""))
        at = asked if asked.tzinfo else asked.replace(tzinfo=clock.LOCAL)
        return min(max(at, clock.now() - timedelta(days=36500)), clock.now() + timedelta(days=36500))
    except (ValueError, OverflowError):
        return clock.now()


def _recorded(environment: Environment) -> list[dict[str, Any]]:
    """Contexts seen lately, each with the address that asks as it did."""
    found = []
    for seen in flags.contexts_seen(environment, MOST_RECORDED):
        context = {name: value for name, value in seen.context.items() if name != "environment"}
        named: dict[str, Any] = {name: str(context[name]) for name, *_ in KNOWN if name in context}
        more = "\n".join(f"{name}={shown(value)}" for name, value in context.items() if name not in named)
        text = "，".join(f"{label} {named[name]}" for name, label, _ in KNOWN if name in named) or "没有属性"
        url = url_for("flag_play.index", environment=environment.value, **named, more=more or None)
        found.append({"text": f"{text}，{more}" if more else text, "url": url, "weight": seen.weight})
    return found
