"""技术成果移交 (A40): results belong to the bureau; what went over is named by its SHA-256, so that a file can be checked.

No file is kept here. A hash is typed in, or taken from a file that is read and forgotten.
"""

from __future__ import annotations

import re
import uuid
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access, log
from server.domain.secrecy.access import said
from server.domain.secrecy.models import NAME, TEXT, TITLE, Asset, Handover
from server.domain.secrecy.vocabulary import FILES, AssetKind, EventKind, HandoverState, UseState

MOST_ASSETS = 500
OPEN = frozenset({HandoverState.DRAFT, HandoverState.REFUSED})
_SHA256 = re.compile(r"[0-9a-f]{64}")


class HandoverNotOpen(Conflict):
    """The hand-over's state does not allow this step."""

    code = "handover_state"
    message = "移交清单当前状态不允许此操作。"


def draft(actor: Actor, *, contract_id: uuid.UUID, title: str) -> Handover:
    """Begin a list. Needs record.log on the contract."""
    access.begin(actor, Permission.RECORD_LOG, contract_id)
    now = clock.now()
    made = Handover(
        id=new_id(),
        contract_id=contract_id,
        title=said(title, field="title", longest=TITLE),
        state=HandoverState.DRAFT,
        use_state=UseState.NONE,
        created_at=now,
        updated_at=now,
        seq=0,
    )
    made.number = access.numbered(access.HANDOVER_SERIES)
    session().add(made)
    session().flush()
    log.write(actor, made, EventKind.ENTERED, f"新建移交清单“{made.title}”")
    return made


def add(
    actor: Actor,
    handover_id: uuid.UUID,
    *,
    kind: AssetKind,
    name: str,
    version: str = "",
    snapshot: str = "",
    file_name: str = "",
    sha256: str = "",
    size: int | None = None,
    note: str = "",
) -> Asset:
    """Put a result on the list, while it is open. A file needs its SHA-256, or a repository's snapshot."""
    handover = _open(actor, handover_id)
    digest = sha256.strip().lower()
    if digest and not _SHA256.fullmatch(digest):
        raise Invalid(fields={"sha256": ["应为 64 位十六进制的 SHA-256 值。"]})
    snap = said(snapshot, field="snapshot", longest=120, needed=False)
    if kind in FILES and not digest and not snap:
        raise Invalid(fields={"sha256": [f"{kind.label}须填写 SHA-256，或代码库快照编号。"]})
    held = assets_of(handover.id)
    if len(held) >= MOST_ASSETS:
        raise Invalid(f"一份清单最多 {MOST_ASSETS} 项。")
    asset = Asset(
        id=new_id(),
        handover_id=handover.id,
        position=max((each.position for each in held), default=0) + 1,
        kind=kind,
        name=said(name, field="name", longest=TITLE),
        version=said(version, field="version", longest=60, needed=False),
        snapshot=snap,
        file_name=said(file_name, field="file_name", longest=TITLE, needed=False),
        sha256=digest,
        size=size,
        note=said(note, field="note", longest=TITLE, needed=False),
    )
    session().add(asset)
    session().flush()
    changes = {"sha256": [None, digest or None]}
    log.write(actor, handover, EventKind.ADDED, f"列入{kind.label}“{asset.name}”", changes=changes)
    return asset


def remove(actor: Actor, handover_id: uuid.UUID, asset_id: uuid.UUID) -> Handover:
    """Take a line off the list, while it is open."""
    handover = _open(actor, handover_id)
    asset = next((each for each in assets_of(handover.id) if each.id == asset_id), None)
    if asset is None:
        raise access.SecrecyNotFound
    session().delete(asset)
    session().flush()
    log.write(actor, handover, EventKind.REMOVED, f"移出“{asset.name}”", changes={"sha256": [asset.sha256, None]})
    return handover


def deliver(actor: Actor, handover_id: uuid.UUID, *, on: date) -> Handover:
    """Hand the list over: from now on it stays as it is, unless the bureau sends it back."""
    handover = _open(actor, handover_id)
    if not assets_of(handover.id):
        raise Invalid("清单还没有任何成果，不能移交。")
    if on > clock.today():
        raise Invalid(fields={"on": ["不能晚于今天。"]})
    _moved(actor, handover, HandoverState.DELIVERED, EventKind.DELIVERED, f"{on} 移交 {len(assets_of(handover.id))} 项")
    handover.delivered_on, handover.delivered_by_name = on, actor.name[:NAME]
    handover.decided_on = None
    return handover


def accept(actor: Actor, handover_id: uuid.UUID, *, remark: str = "") -> Handover:
    """The bureau has it. Needs record.log as the bureau holds it."""
    return _decided(actor, handover_id, HandoverState.ACCEPTED, EventKind.ACCEPTED, remark, needed=False)


def refuse(actor: Actor, handover_id: uuid.UUID, *, remark: str) -> Handover:
    """Something is missing or wrong; the list is open again."""
    return _decided(actor, handover_id, HandoverState.REFUSED, EventKind.REFUSED, remark, needed=True)


def check(actor: Actor, handover_id: uuid.UUID, *, sha256: str, file_name: str = "") -> list[Asset]:
    """Which lines of a list a file is, by its hash; none: it is not what was handed over. The check is logged."""
    handover = access.hold(actor, Handover, handover_id, Permission.SECRECY_VIEW)
    digest = sha256.strip().lower()
    if not _SHA256.fullmatch(digest):
        raise Invalid(fields={"sha256": ["应为 64 位十六进制的 SHA-256 值。"]})
    found = [each for each in assets_of(handover.id) if each.sha256 == digest]
    told = "与清单一致：" + "、".join(each.name for each in found) if found else "不在清单中"
    words = f"{said(file_name, field='file_name', longest=TITLE, needed=False)} {digest}".strip()
    log.write(actor, handover, EventKind.CHECKED, f"核对文件，{told}", text=words, data={"sha256": digest})
    return found


def ask_use(actor: Actor, handover_id: uuid.UUID, *, purpose: str) -> Handover:
    """The vendor asks to use the results for something else. Needs record.log on the contract."""
    handover = access.hold(actor, Handover, handover_id, Permission.RECORD_LOG)
    if handover.use_state not in (UseState.NONE, UseState.DENIED):
        raise HandoverNotOpen(f"其他使用：{handover.use_state.label}，不能再次申请。")
    handover.use_purpose = said(purpose, field="purpose", longest=TEXT)
    handover.use_state, handover.use_remark = UseState.ASKED, ""
    log.write(actor, handover, EventKind.USE_ASKED, "申请用于履约以外的用途", text=handover.use_purpose)
    return handover


def decide_use(actor: Actor, handover_id: uuid.UUID, *, agreed: bool, remark: str) -> Handover:
    """The bureau's answer. Needs secrecy.manage."""
    handover = access.hold(actor, Handover, handover_id, Permission.SECRECY_MANAGE)
    if handover.use_state is not UseState.ASKED:
        raise HandoverNotOpen("没有待答复的使用申请。")
    handover.use_state = UseState.AGREED if agreed else UseState.DENIED
    handover.use_remark = said(remark, field="remark", longest=TEXT, needed=not agreed)
    told = f"其他使用：{handover.use_state.label}"
    changes = {"use": [UseState.ASKED.value, handover.use_state.value]}
    log.write(actor, handover, EventKind.USE_DECIDED, told, text=handover.use_remark, changes=changes)
    return handover


def assets_of(handover_id: uuid.UUID) -> list[Asset]:
    """The lines of a list that the caller found visible, in order."""
    query = sa.select(Asset).where(Asset.handover_id == handover_id)
    return list(session().scalars(query.order_by(Asset.position)))


def _open(actor: Actor, handover_id: uuid.UUID) -> Handover:
    handover = access.hold(actor, Handover, handover_id, Permission.RECORD_LOG)
    if handover.state not in OPEN:
        raise HandoverNotOpen(f"清单{handover.state.label}，不能修改。", state=handover.state.value)
    return handover


def _decided(
    actor: Actor, handover_id: uuid.UUID, state: HandoverState, kind: EventKind, remark: str, *, needed: bool
) -> Handover:
    handover = access.hold(actor, Handover, handover_id, Permission.RECORD_LOG)
    access.need_bureau(actor, Permission.RECORD_LOG)
    if handover.state is not HandoverState.DELIVERED:
        raise HandoverNotOpen(f"清单{handover.state.label}，不能办理接收。", state=handover.state.value)
    handover.remark = said(remark, field="remark", longest=TEXT, needed=needed)
    _moved(actor, handover, state, kind, state.label, handover.remark)
    handover.decided_on, handover.decided_by_name = clock.today(), actor.name[:NAME]
    return handover


def _moved(actor: Actor, handover: Handover, state: HandoverState, kind: EventKind, told: str, text: str = "") -> None:
    before, handover.state = handover.state, state
    log.write(actor, handover, kind, told, text=text, changes={"state": [before.value, state.value]})
