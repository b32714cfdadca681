"""What the vendor's face takes and gives."""

from __future__ import annotations

from marshmallow import fields, validate

from server.api.schemas import Flag, Id, Moment, PageQuery, Schema, Text, Whole
from server.domain.releases import Driver, Scope, State, Step

MANIFEST = 128 * 1024


class PushIn(Schema):
    """A signed manifest. The signature is over ``shijian-manifest-v1`` and a line feed, then the manifest as it stands."""

    manifest = fields.String(required=True, validate=validate.Length(max=MANIFEST))
    signature = fields.String(required=True, metadata={"description": "Ed25519 签名，base64。"})
    key = fields.String(
        required=True, validate=validate.Length(max=100), metadata={"description": "公钥指纹：32 字节公钥的 SHA-256。"}
    )


class StepIn(Schema):
    """One step. Which fields a step takes: docs/releases.md."""

    step = fields.Enum(Step, by_value=True, required=True)
    seen = Whole(metadata={"description": "调用方所见的 seq；不填则按当前状态办理。"})
    at = Moment(metadata={"description": "补录时实际办理的时间。"})
    note = Text(longest=2000, shortest=0)
    reason = Text(longest=2000, shortest=0)
    clicked = Text(longest=200, shortest=0)
    message = Text(longest=200, shortest=0)
    audit_id = Text(longest=20, shortest=0)
    percent = Whole()
    target = Id(allow_none=True)
    block = Flag()


class MatchingQuery(PageQuery):
    """Which releases."""

    version = fields.String(validate=validate.Length(max=64), metadata={"description": "只要这个版本。"})


class ReleaseOut(Schema):
    """A release in one line."""

    id = Id(required=True)
    version = fields.String(required=True)
    state = fields.Enum(State, by_value=True, required=True)
    state_label = fields.Function(lambda release: release.state.label)
    driver = fields.Enum(Driver, by_value=True, required=True)
    seq = fields.Integer(required=True)
    git_sha = fields.String(required=True)
    robot = fields.Integer(required=True)
    gray_percent = fields.Integer(required=True, allow_none=True)
    scope = fields.Enum(Scope, by_value=True, required=True, allow_none=True)
    privacy_version = fields.Integer(required=True, allow_none=True)
    map_sha256 = fields.String(required=True, allow_none=True)
    flag_revisions = fields.Dict(required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
    live_at = Moment(required=True, allow_none=True)


class PushedOut(Schema):
    """What came of a push."""

    release = fields.Nested(ReleaseOut, required=True)
    created = fields.Boolean(required=True, metadata={"description": "false：内容相同，早已登记。"})
    warnings = fields.List(fields.String(), required=True)
    source_map_needed = fields.Boolean(required=True)


class OfferOut(Schema):
    """A step that the token may take, or why not yet."""

    step = fields.Enum(Step, by_value=True, required=True)
    label = fields.Function(lambda offer: offer.step.label)
    allowed = fields.Boolean(required=True)
    blockers = fields.List(fields.String(), required=True)


class CheckOut(Schema):
    """A point of the checklist."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    state = fields.Function(lambda check: check.state.value)
    detail = fields.String(required=True)


class EventOut(Schema):
    """A line of the log."""

    seq = fields.Integer(required=True)
    kind = fields.Function(lambda event: event.kind.value)
    step = fields.Function(lambda event: event.step.value if event.step else None)
    state = fields.Function(lambda event: event.state.value)
    at = Moment(required=True)
    by = fields.String(attribute="actor_name", required=True)
    text = fields.String(required=True)


class WholeReleaseOut(Schema):
    """A release with its log, its checklist and the steps that are the caller's."""

    release = fields.Nested(ReleaseOut, required=True)
    changelog = fields.String(required=True)
    offers = fields.List(fields.Nested(OfferOut), required=True)
    checklist = fields.List(fields.Nested(CheckOut), required=True)
    events = fields.List(fields.Nested(EventOut), required=True)


class MapOut(Schema):
    """A source map that is kept."""

    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    kept_at = Moment(required=True)
