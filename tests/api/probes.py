"""Views that show what the API's frame does, mounted beside the real ones in the tests of the frame."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint
from marshmallow import fields

from server.api.http import (
    Body,
    fails,
    gives,
    gives_page,
    idempotent,
    limited,
    needs_citizen,
    needs_token,
    open_to_all,
    optional_citizen,
    query,
    takes,
    takes_file,
)
from server.api.schemas import Moment, PageQuery, Schema, Text
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Unavailable
from server.core.paging import Page, page_of
from server.core.serials import Serial, next_number
from server.domain.identity import Actor, Permission, PrivacyNotice

blueprint = Blueprint("probes", __name__, url_prefix="/api/v1/probes")


class Words(Schema):
    """Words."""

    text = Text(longest=10, required=True)
    times = fields.Integer(strict=True)
    tags = fields.List(fields.String())


class Said(Schema):
    """What was said."""

    text = fields.String(required=True)
    number = fields.Integer()
    at = Moment()


class Version(Schema):
    """A version of something."""

    version = fields.Integer()


class Kept(Conflict):
    """A refusal whose trace survives."""

    code = "kept"
    keeps = True


@blueprint.post("/words")
@open_to_all
@takes(Words)
@gives(Said, status=201)
def say(body: Body) -> Any:
    """Say words."""
    return {"text": body["text"], "at": clock.now()}, {"Location": "/api/v1/probes/words"}


@blueprint.post("/counted")
@optional_citizen
@idempotent
@takes(Words)
@gives(Said, status=201)
@fails(Kept)
def count(body: Body) -> Any:
    """Count words, each request once."""
    number = next_number("probe", 2026)
    match body["text"]:
        case "conflict":
            raise Conflict
        case "kept":
            raise Kept
        case "away":
            raise Unavailable
    return {"text": body["text"], "number": number}


@blueprint.post("/outside")
@open_to_all
@idempotent(calls_out=True, caller_field="text")
@takes(Words)
@gives(Said, status=201)
def outside(body: Body) -> Any:
    """Talk to somebody else before the first statement."""
    if body["text"] == "away":
        raise Unavailable
    return {"text": body["text"], "number": next_number("probe", 2026)}


@blueprint.post("/files")
@open_to_all
@idempotent
@takes_file("file", Words)
@gives(Said, status=201)
def upload(body: Body, file: Any) -> Any:
    """Take a file."""
    return {"text": f"{body['text']} {file.filename} {len(file.read())}", "number": next_number("probe", 2026)}


@blueprint.get("/me")
@needs_citizen
@gives(Said)
def me(actor: Actor) -> Any:
    """Say who I am."""
    return {"text": f"{actor.kind.value} {actor.name}"}


@blueprint.get("/program")
@needs_token(Permission.RELEASE_PUSH)
@gives(Said)
def program(actor: Actor) -> Any:
    """Say which program I am."""
    return {"text": actor.kind.value}


@blueprint.get("/few")
@optional_citizen
@limited("2/minute")
@gives(Said)
def few(actor: Actor) -> Any:
    """Twice a minute."""
    return {"text": actor.kind.value}


@blueprint.get("/tagged")
@open_to_all
@gives(Said, etag=True)
def tagged() -> Any:
    """Always the same."""
    return b'{"text":"same"}'


@blueprint.get("/versions")
@open_to_all
@query(PageQuery)
@gives_page(Version)
def versions(query: Body) -> Page[PrivacyNotice]:
    """Pages of versions."""
    return page_of(
        sa.select(PrivacyNotice),
        [PrivacyNotice.title.desc(), PrivacyNotice.version],
        cursor=query.get("cursor"),
        size=query["limit"],
    )


@blueprint.get("/fault")
@open_to_all
@gives(Said)
def fault() -> Any:
    """Break."""
    raise RuntimeError("personal details 13912345678")


def count_now() -> int:
    """How far the probes have counted."""
    return session().scalar(sa.select(Serial.last).where(Serial.series == "probe")) or 0
