"""Versions: pushed with a signed manifest, looked at, and led through the steps that a pipeline may take."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Any

from flask import Blueprint

from server.api.http import Body, fails, gives, gives_page, idempotent, limited, needs_token, query, takes
from server.api.pipeline.schemas import MatchingQuery, PushedOut, PushIn, ReleaseOut, StepIn, WholeReleaseOut
from server.core.paging import Order, Page, page_of
from server.domain import releases, tickets
from server.domain.identity import Actor, Permission
from server.domain.releases import (
    BadKey,
    BadSignature,
    ManifestRefused,
    NotYet,
    Release,
    ReleaseChanged,
    ReleaseNotFound,
    Replayed,
    Stale,
    VersionBackwards,
    VersionTaken,
    WrongState,
)

blueprint = Blueprint("releases", __name__)


@blueprint.post("/releases")
@needs_token(Permission.RELEASE_PUSH)
@limited("20/minute")
@idempotent
@takes(PushIn)
@gives(PushedOut)
@fails(ManifestRefused, BadKey, BadSignature, Stale, Replayed, VersionTaken, VersionBackwards)
def push(actor: Actor, body: Body) -> Any:
    """登记一个版本。

    内容相同的重复推送得到同一个版本；被拒绝的推送记入审计。
    """
    manifest = body["manifest"].encode()
    named = releases.tickets_named(manifest)
    known = tickets.ids_by_number(named, actor.contracts_for(Permission.RELEASE_PUSH))
    made = releases.push(actor, manifest, _signature(body["signature"]), body["key"], ticket_ids=known)
    return {
        "release": made.release,
        "created": made.created,
        "warnings": made.warnings,
        "source_map_needed": made.release.map_sha256 is not None and releases.map_of(made.release.id) is None,
    }


@blueprint.get("/releases")
@needs_token(Permission.RELEASE_PUSH)
@limited("60/minute")
@query(MatchingQuery)
@gives_page(ReleaseOut)
def index(actor: Actor, query: Body) -> Page[Release]:
    """可见的版本，新的在前。"""
    found = releases.matching(actor)
    if query.get("version"):
        found = found.where(Release.version == query["version"])
    order: Order = (Release.created_at.desc(), Release.id.desc())
    return page_of(found.order_by(None), order, cursor=query.get("cursor"), size=query["limit"])


@blueprint.get("/releases/<uuid:id>")
@needs_token(Permission.RELEASE_PUSH)
@limited("60/minute")
@gives(WholeReleaseOut)
@fails(ReleaseNotFound)
def show(actor: Actor, id: uuid.UUID) -> Any:
    """一个版本：状态、可办理的步骤及不能办理的原因、核对清单、经过。"""
    return _whole(actor, releases.find(actor, id))


@blueprint.post("/releases/<uuid:id>/steps")
@needs_token(Permission.RELEASE_PUSH)
@limited("20/minute")
@idempotent
@takes(StepIn)
@gives(WholeReleaseOut)
@fails(ReleaseNotFound, ReleaseChanged, WrongState, NotYet)
def take(actor: Actor, id: uuid.UUID, body: Body) -> Any:
    """办理一个步骤，例如上传完成。审批只能由局方人员在管理端办理。"""
    step, seen = body.pop("step"), body.pop("seen", None)
    if seen is None:
        seen = releases.find(actor, id).seq
    release = releases.take(actor, id, step, seen=seen, at=body.pop("at", None), **body)
    return _whole(actor, release)


def _whole(actor: Actor, release: Release) -> dict[str, Any]:
    return {
        "release": release,
        "changelog": release.changelog,
        "offers": releases.offers(actor, release),
        "checklist": releases.checklist(release),
        "events": releases.events_of(release),
    }


def _signature(text: str) -> bytes:
    """The signature's bytes; what is no base64 is no signature either, and is refused as a wrong one."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
