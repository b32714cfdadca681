"""How a version enters the ledger: signed, fresh, ours, newer than all before, once. What is not so is refused and recorded."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import sqlalchemy as sa

from server.core import clock, versions
from server.core.db import session
from server.core.errors import FieldErrors, Invalid
from server.core.ids import new_id
from server.domain import contracts, identity
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor, Permission
from server.domain.releases import access, flag_use, keys, log
from server.domain.releases.log import Line
from server.domain.releases.manifest import CONTEXT, Manifest, Unreadable, parse
from server.domain.releases.models import NAME, Release, ReleaseFlag, ReleaseKey, ReleaseTicket
from server.domain.releases.policy import policy
from server.domain.releases.vocabulary import Driver, EventKind, FlagRole, State, Step
from server.gateways import wechat


class ManifestRefused(Invalid):
    """The manifest is not taken; ``fields`` says why. The attempt stays in the audit trail."""

    code = "manifest_refused"
    message = "版本清单未通过检查。"
    keeps = True


class BadSignature(ManifestRefused):
    """The signature is not that of these bytes by this key."""

    code = "manifest_signature"
    message = "清单签名无效。"


class BadKey(ManifestRefused):
    """The key is unknown, revoked, or another contract's."""

    code = "manifest_key"
    message = "签名公钥不可用。"


class Stale(ManifestRefused):
    """The manifest was signed too long ago, or in the future."""

    code = "manifest_stale"
    message = "清单的签名时间不在允许范围内，请重新签名。"


class Replayed(ManifestRefused):
    """An old manifest was sent again."""

    code = "manifest_replayed"
    message = "这份清单早已登记，不能重复使用。"


class VersionTaken(ManifestRefused):
    """The version is registered with another content."""

    code = "version_taken"
    message = "该版本号已登记，但内容不同，请使用新的版本号。"


class VersionBackwards(ManifestRefused):
    """A newer version is registered already."""

    code = "version_backwards"
    message = "版本号不能低于已登记的版本。"


@dataclass(frozen=True, slots=True)
class Pushed:
    """A release with whether it is new, and Chinese sentences about what will stand in its way later."""

    release: Release
    created: bool
    warnings: list[str]


def push(actor: Actor, manifest: bytes, signature: bytes, key: str, *, ticket_ids: Mapping[str, uuid.UUID]) -> Pushed:
    """Register a version from its manifest, signed by the key of this fingerprint. Needs release.push for its contract.

    ``ticket_ids``: the tickets by number that the face found for this contract. The same content again, freshly signed,
    is the same release. ManifestRefused and its kin otherwise, each recorded.
    """
    actor.need(Permission.RELEASE_PUSH)
    refusing = _Refusing(actor, manifest)
    known = _key(actor, key, refusing)
    if not keys.is_signed(known, signature, CONTEXT + manifest):
        refusing.refuse(BadSignature, {"signature": ["签名与清单或公钥不符。"]}, known)
    try:
        found = parse(manifest)
    except Unreadable as unreadable:
        refusing.refuse(ManifestRefused, unreadable.faults, known)
    _is_ours(found, known, refusing)
    access.hold()
    query = sa.select(Release).where(Release.appid == found.appid, Release.version == found.version)
    earlier = session().scalars(query).one_or_none()
    if earlier is not None:
        return Pushed(_same(earlier, found, known, refusing), False, _warnings(found))
    _is_fresh(found, known, refusing, Stale)
    _is_newest(found, known, refusing)
    _refers(found, known, ticket_ids, refusing)
    return Pushed(_register(actor, found, signature, known, ticket_ids), True, _warnings(found))


@dataclass(frozen=True, slots=True)
class _Refusing:
    """Says no, and leaves a trace of it."""

    actor: Actor
    manifest: bytes

    def refuse(self, kind: type[ManifestRefused], fields: FieldErrors, key: ReleaseKey | None = None) -> NoReturn:
        digest = hashlib.sha256(self.manifest).hexdigest()
        why = "；".join(f"{name} {sentence}" for name, said in fields.items() for sentence in said)
        identity.record(
            self.actor,
            "release.refused",
            subject=("manifest", digest),
            summary=f"拒绝登记版本：{kind.message}{why}",
            changes={"code": [None, kind.code], "key": [None, key.fingerprint if key else None]},
            result="refused",
        )
        raise kind(fields=fields)


def _key(actor: Actor, fingerprint: str, refusing: _Refusing) -> ReleaseKey:
    key = keys.by_fingerprint(fingerprint)
    if key is None or not access.may(actor, Permission.RELEASE_PUSH, key.contract_id):
        refusing.refuse(BadKey, {"key": ["没有登记这个公钥，或它不属于您的合同。"]}, key)
    if key.revoked_at is not None:
        refusing.refuse(BadKey, {"key": ["这个公钥已被撤销。"]}, key)
    return key


def _is_ours(found: Manifest, key: ReleaseKey, refusing: _Refusing) -> None:
    faults: dict[str, list[str]] = {}
    if found.appid != wechat.installed().config.appid:
        faults["appid"] = ["不是本单位的小程序。"]
    contract = session().get_one(contracts.Contract, key.contract_id)
    if found.contract != contract.number:
        faults["contract"] = ["与签名公钥所属的合同不一致。"]
    elif contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today()) != contract.id:
        faults["contract"] = ["该合同当前不承担小程序的运维。"]
    if found.built_at > found.signed_at:
        faults["built_at"] = ["构建时间不能晚于签名时间。"]
    if faults:
        refusing.refuse(ManifestRefused, faults, key)


def _is_fresh(found: Manifest, key: ReleaseKey, refusing: _Refusing, kind: type[ManifestRefused]) -> None:
    rules, now = policy(), clock.now()
    if found.signed_at > now + rules.ahead:
        sentence = "签名时间晚于服务器时间，请校准流水线的时钟。"
        refusing.refuse(Stale, {"signed_at": [sentence]}, key)
    if found.signed_at < now - rules.fresh:
        refusing.refuse(kind, {"signed_at": [f"签名已超过 {rules.signed_minutes} 分钟。"]}, key)


def _same(earlier: Release, found: Manifest, key: ReleaseKey, refusing: _Refusing) -> Release:
    """The release that stands, if this is another try of the push that made it."""
    if earlier.contract_id != key.contract_id or earlier.content_sha256 != found.content_sha256:
        refusing.refuse(VersionTaken, {"version": [VersionTaken.message]}, key)
    _is_fresh(found, key, refusing, Replayed)
    return earlier


def _is_newest(found: Manifest, key: ReleaseKey, refusing: _Refusing) -> None:
    query = sa.select(Release.version).where(Release.appid == found.appid, Release.state != State.WITHDRAWN)
    mine = versions.parse(found.version)
    registered = (versions.parse(each) for each in session().scalars(query))
    newer = [each for each in registered if each is not None and mine is not None and mine < each]
    if newer:
        refusing.refuse(VersionBackwards, {"version": [f"已登记更新的版本 {max(newer)}。"]}, key)


def _refers(found: Manifest, key: ReleaseKey, ticket_ids: Mapping[str, uuid.UUID], refusing: _Refusing) -> None:
    faults: dict[str, list[str]] = {}
    unknown = [number for number in found.tickets if number not in ticket_ids]
    if unknown:
        faults["tickets"] = [f"没有这些工单：{'、'.join(unknown)}。"]
    before = flag_use.introduced_by(found.introduced) if found.introduced else {}
    if before:
        told = "、".join(f"{name}（{release.version}）" for name, release in sorted(before.items()))
        faults["flags.introduced"] = [f"已由更早的版本引入：{told}。"]
    gone = sorted(set(found.retired) - flag_use.keys_anywhere()) if found.retired else []
    if gone:
        faults["flags.retired"] = [f"没有这些功能开关：{'、'.join(gone)}。"]
    if faults:
        refusing.refuse(ManifestRefused, faults, key)


def _warnings(found: Manifest) -> list[str]:
    said = []
    current = identity.current_version()
    if found.privacy_version != current:
        said.append(
            f"隐私保护指引现行为第 {current} 版，与清单不一致，批准前须一致。" if current else "隐私保护指引尚未发布。"
        )
    lacking = sorted(set(found.introduced) - flag_use.keys_anywhere()) if found.introduced else []
    if lacking:
        said.append(f"引入的功能开关尚未建立：{'、'.join(lacking)}。")
    if found.source_map is None:
        said.append("没有源码映射，崩溃堆栈将无法还原。")
    return said


def _register(
    actor: Actor, found: Manifest, signature: bytes, key: ReleaseKey, ticket_ids: Mapping[str, uuid.UUID]
) -> Release:
    now = clock.now()
    revisions = flag_use.revisions_now()
    release = Release(
        id=new_id(),
        contract_id=key.contract_id,
        appid=found.appid,
        version=found.version,
        state=State.REGISTERED,
        driver=Driver(policy().driver),
        seq=0,
        manifest=found.text,
        content_sha256=found.content_sha256,
        signature=base64.b64encode(signature).decode(),
        key_id=key.id,
        git_sha=found.git_sha,
        robot=found.robot,
        built_at=found.built_at,
        signed_at=found.signed_at,
        sizes=dict(found.sizes),
        changelog=found.changelog,
        privacy_version=found.privacy_version,
        map_sha256=found.source_map.sha256 if found.source_map else None,
        map_size=found.source_map.size if found.source_map else None,
        pushed_by_id=actor.id,
        pushed_by_name=actor.name[:NAME],
        organisation_id=actor.organisation_id,
        flag_revisions={"push": revisions},
        created_at=now,
        updated_at=now,
    )
    session().add(release)
    session().flush()
    session().add_all(
        [ReleaseTicket(release_id=release.id, ticket_id=ticket_ids[each], number=each) for each in found.tickets]
    )
    for role, names in ((FlagRole.INTRODUCED, found.introduced), (FlagRole.RETIRED, found.retired)):
        session().add_all([ReleaseFlag(release_id=release.id, key=name, role=role) for name in names])
    key.used_at = now
    line = Line(
        kind=EventKind.DONE,
        step=Step.REGISTER,
        summary="登记版本",
        text=found.changelog,
        data={"flag_revisions": revisions, "key": key.fingerprint, "tickets": list(found.tickets)},
        changes={"git_sha": [None, found.git_sha], "content_sha256": [None, found.content_sha256]},
    )
    log.write(actor, release, access.hold(), line)
    return release
