"""The demo's releases: two months of versions, each pushed, looked at, approved and handed out through the doors."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server.core import clock
from server.core.db import session, unit
from server.domain import flags, identity, releases
from server.domain.flags import Environment
from server.domain.identity import Actor
from server.domain.releases import Release, Step
from server.domain.tickets import Ticket
from server.jobs.demo.people import Cast
from server.jobs.demo.rollout import play_traffic

SIGNED = b"shijian-manifest-v1\n"
KEY_FILE = "release-signing-key.pem"
# The story takes so many days; under a contract that has just begun it is told faster.
LENGTH = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Version:
    """What a version's manifest says."""

    changelog: str
    kilobytes: int
    tickets: tuple[str, ...] = ()
    introduced: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        """The packages in bytes."""
        main = self.kilobytes * 1024
        guide = main // 3
        return {"__FULL__": main + guide, "__APP__": main, "packages/guide": guide}


VERSIONS: Mapping[str, Version] = {
    "1.3.4": Version("首页改版，办事指南支持搜索。", 1180),
    "1.3.5": Version("登录流程调整。", 1196),
    "1.4.0": Version("新增企业名称查询；新增年报提醒订阅。", 1342),
    "1.4.1": Version("修复部分机型年报提醒重复的问题。", 1344),
    "1.4.2": Version("修复部分安卓手机首页公告打不开的问题；图片上传失败时可以重试。", 1351, ("首页公告打不开",)),
    "1.4.3": Version("证照图片在手机端压缩后上传。", 1372, ("上传营业执照照片失败",)),
    "1.5.0": Version(
        "全新搜索，支持拼音和信用代码；长辈版字号可调；证照图片压缩后上传。",
        1496,
        ("上传营业执照照片失败", "字体太小看不清"),
        ("new-search", "elder-font"),
        ("office-map",),
    ),
    "1.5.1": Version("修复新搜索在鸿蒙手机上键盘遮挡结果的问题。", 1498),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the story: so many days ago, by whom, on which version; without a step it is pushed."""

    days: float
    who: str
    version: str
    step: Step | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def _way(version: str, days: float, *, gray: tuple[tuple[float, int], ...], full: float | None) -> list[Told]:
    """The usual way: pushed, audited by the next day, approved by the bureau, handed out step by step."""
    inside = {"scope": "in_contract", "acceptance": []}
    told = [
        *_sent(version, days),
        Told(days - 1.1, "qiao", version, Step.PASS_AUDIT),
        Told(days - 1.35, "zhou", version, Step.APPROVE, inside | {"note": "体验版已试用，同意上线。"}),
        *(Told(at, "qiao", version, Step.GRAY, {"percent": percent}) for at, percent in gray),
    ]
    return told if full is None else [*told, Told(full, "qiao", version, Step.FULL)]


def _sent(version: str, days: float) -> list[Told]:
    return [
        Told(days, "qiao", version),
        Told(days - 0.02, "qiao", version, Step.UPLOAD, {"note": "流水线上传，机器人 1"}),
        Told(days - 0.06, "qiao", version, Step.SET_TRIAL),
        Told(days - 0.2, "qiao", version, Step.SUBMIT_AUDIT, {"audit_id": f"4{round(days * 100):07}"}),
    ]


STORY: tuple[Told, ...] = (
    *_way("1.3.4", 58.0, gray=(), full=56.2),
    *_way("1.3.5", 48.0, gray=((46.3, 10),), full=45.1),
    Told(
        44.4,
        "qiao",
        "1.3.5",
        Step.ROLL_BACK,
        {"reason": "部分用户登录后白屏，全量后 17 小时内收到 9 起反馈。"},
    ),
    *_way("1.4.0", 37.0, gray=((35.2, 10), (34.2, 50)), full=33.1),
    *_way("1.4.1", 24.0, gray=((22.2, 20),), full=21.0),
    *_way("1.4.2", 17.0, gray=((15.2, 10), (14.1, 30)), full=13.0),
    Told(12.0, "zhou", "1.4.2", Step.ACCEPT, {"acceptance": ["验收单 YS-1.4.2"], "note": "功能符合工单要求。"}),
    *_sent("1.4.3", 9.0),
    Told(
        8.1,
        "qiao",
        "1.4.3",
        Step.REJECT_AUDIT,
        {"reason": "小程序内「相册」权限的用途说明与隐私保护指引不一致，请补充后重新提交。"},
    ),
    *_way("1.5.0", 5.0, gray=((3.1, 5), (1.9, 10)), full=None),
    *_sent("1.5.1", 0.9),
)


def play_releases(cast: Cast, *, appid: str, data_dir: Path, meanwhile: Callable[[datetime], None]) -> None:
    """Enter the signing key, play the story, count the traffic that belongs to it.

    ``meanwhile`` plays what else happened up to a moment, so that a release ships with the flags of its day.
    """
    now = clock.now()
    start = max(now - LENGTH, clock.start_of(cast.contracts.current.starts_on))
    player = _Player(cast, appid, (now - start) / LENGTH, now)
    with clock.replaying(start), unit():
        player.enter_key(data_dir)
    for told in sorted(STORY, key=lambda each: -each.days):
        meanwhile(player.moment(told.days))
        with clock.replaying(player.moment(told.days)), unit():
            player.play(told)
    play_traffic(player.shas, player.moment)


class _Player:
    """Plays the story by the cast's hands. ``pace``: how long a day of the story takes, 1 at most."""

    def __init__(self, cast: Cast, appid: str, pace: float, now: datetime) -> None:
        self._cast, self._appid, self._pace, self._now = cast, appid, pace, now
        self._key = Ed25519PrivateKey.generate()
        self._fingerprint = ""
        self.shas: dict[str, str] = {}

    def moment(self, days: float) -> datetime:
        """So many days of the story ago."""
        return self._now - timedelta(days=days) * self._pace

    def enter_key(self, data_dir: Path) -> None:
        """Enter the public half; the private one is left for whoever wants to try the pipeline."""
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        entered = releases.add_key(
            self._cast.actors["admin"],
            self._cast.contracts.current.id,
            name="云策持续集成",
            public_key=base64.b64encode(public).decode(),
        )
        self._fingerprint = entered.fingerprint
        path = data_dir / KEY_FILE
        path.touch(mode=0o600)
        path.write_bytes(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def play(self, told: Told) -> None:
        """One step."""
        actor = self._cast.actors[told.who]
        if told.step is None:
            self._push(actor, told.version)
            return
        release = releases.find_version(actor, told.version)
        releases.take(actor, release.id, told.step, seen=release.seq, **told.data)

    def _push(self, actor: Actor, version: str) -> Release:
        known = _tickets(VERSIONS[version].tickets)
        manifest = json.dumps(self._manifest(version, list(known)), ensure_ascii=False, indent=1).encode()
        signature = self._key.sign(SIGNED + manifest)
        return releases.push(actor, manifest, signature, self._fingerprint, ticket_ids=known).release

    def _manifest(self, version: str, numbers: list[str]) -> dict[str, Any]:
        said = VERSIONS[version]
        sha = self.shas[version] = uuid.uuid5(uuid.NAMESPACE_URL, version).hex + "0a1b2c3d"
        have = flags.content(Environment.RELEASE).flags
        built = clock.now() - timedelta(minutes=4)
        return {
            "format": "shijian-manifest/1",
            "appid": self._appid,
            "contract": self._cast.contracts.current.number,
            "version": version,
            "git_sha": sha,
            "robot": 1,
            "built_at": built.isoformat(timespec="seconds"),
            "signed_at": clock.now().isoformat(timespec="seconds"),
            "sizes": said.sizes,
            "source_map": None,
            "changelog": said.changelog,
            "flags": {
                "introduced": [key for key in said.introduced if key in have],
                "retired": [key for key in said.retired if key in have],
            },
            "privacy_version": identity.current_version(),
            "tickets": numbers,
        }


def _tickets(titles: tuple[str, ...]) -> dict[str, uuid.UUID]:
    """The story's tickets by number, of those titles."""
    found = session().execute(sa.select(Ticket.number, Ticket.id).where(Ticket.title.in_(titles))).tuples().all()
    return dict(found)
