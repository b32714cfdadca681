"""The demo's flags: two months of revisions in three environments, each written through the doors at its own moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from server.core import clock
from server.core.db import unit
from server.domain import flags
from server.domain.flags import Change, ChangeRequest, Environment, Subject
from server.jobs.demo import flag_documents as documents
from server.jobs.demo.flag_documents import Document
from server.jobs.demo.flag_traffic import play_evaluations
from server.jobs.demo.people import Cast

LENGTH = timedelta(days=60)
DEVELOP, TRIAL, RELEASE = Environment
STALE_DAYS = 45
# The clock of the scheduled change: the second morning from now.
MORNING = 8


@dataclass(frozen=True, slots=True)
class Told:
    """One step: so many days ago, and what happens then."""

    days: float
    act: Callable[[], object]


class FlagStory:
    """Plays the history by the cast's hands, piece by piece, so that releases can fall between its steps."""

    def __init__(self, cast: Cast) -> None:
        self._actors = cast.actors
        self._now = clock.now()
        start = max(self._now - LENGTH, clock.start_of(cast.contracts.current.starts_on))
        # Under a contract that has just begun the story is told faster.
        self._pace = (self._now - start) / LENGTH
        self._left = sorted(self._steps(), key=lambda step: -step.days)

    def until(self, moment: datetime) -> None:
        """Play what happened up to a moment."""
        while self._left and self.moment(self._left[0].days) <= moment:
            step = self._left.pop(0)
            with clock.replaying(self.moment(step.days)), unit():
                step.act()

    def finish(self) -> None:
        """Play the rest, and count the evaluations of the last two weeks."""
        self.until(self._now)
        play_evaluations(self._now)

    def moment(self, days: float) -> datetime:
        """So many days of the story ago."""
        return self._now - timedelta(days=days) * self._pace

    def _steps(self) -> list[Told]:
        banner = documents.window_banner(self.moment(46), self.moment(39))
        return [
            Told(57.5, partial(self._write, "tang", "首次录入：现有的五项开关", documents.first_five())),
            Told(57.2, partial(self._carry, "qiao", DEVELOP, "首次录入，体验版已验证")),
            *self._to_release("qiao", 57.0, 56.6, "首次录入正式版"),
            Told(49.0, partial(self._write, "tang", "设用户分组：内测人员、老旧安卓机", segments=documents.segments())),
            Told(48.0, partial(self._write, "tang", "节前窗口调整，首页显示横幅", [banner])),
            Told(47.5, partial(self._carry, "tang", DEVELOP, "横幅文字已核对", "window-banner")),
            *self._to_release("tang", 47.0, 46.8, "节前窗口调整横幅", "window-banner"),
            Told(46.0, self._set_rules),
            *self._in_release("tang", 36.0, 35.8, "公告列表改为卡片样式", self._cards),
            Told(34.5, self._roll_back),
            Told(30.0, partial(self._write, "tang", "手机端压缩证照图片", [documents.photo_compress()])),
            Told(
                26.0, partial(self._revise, "tang", "较新的手机每页显示 20 条", "query-page-size", documents.page_size)
            ),
            Told(25.0, partial(self._carry, "tang", DEVELOP, "翻页已验证", "query-page-size")),
            *self._to_release("tang", 24.0, 23.8, "查询每页条数调整", "query-page-size"),
            Told(20.0, partial(self._write, "qiao", "为 1.5.0 准备：新版搜索、长辈版字号", _of_next_version())),
            Told(16.0, partial(self._write, "qiao", "执照拍照识别，先给内测人员", [documents.licence_ocr()])),
            Told(12.0, partial(self._carry, "qiao", DEVELOP, "体验版试用", *NEXT)),
            *self._to_release("qiao", 8.0, 7.8, "1.5.0 的开关上正式版，搜索灰度 5%", *NEXT),
            Told(6.0, self._refused),
            Told(4.0, partial(self._write, "qiao", "拍照识别开放给安卓", [documents.licence_ocr(android=True)])),
            Told(3.9, partial(self._carry, "qiao", DEVELOP, "安卓机型已抽测", "licence-ocr")),
            *self._to_release("qiao", 3.0, 2.9, "拍照识别开放给安卓用户", "licence-ocr"),
            Told(2.2, self._kill),
            *self._in_release("qiao", 1.9, 1.8, "新版搜索灰度 5% → 10%", partial(self._grow, 10)),
            Told(1.2, partial(self._write, "tang", "办结评价换新样式", [documents.rating_style()])),
            Told(1.1, partial(self._carry, "tang", DEVELOP, "样式已确认", "rating-style")),
            *self._to_release(
                "tang", 1.0, 0.8, "办结评价换新样式，定于上午 8 点生效", "rating-style", at=self._morning()
            ),
            Told(0.5, self._issue_key),
            Told(
                0.3,
                partial(self._propose, "qiao", "新版搜索灰度 10% → 30%，两天来没有新的反馈", partial(self._grow, 30)),
            ),
        ]

    def _write(self, who: str, reason: str, flags_: Iterable[Document] = (), segments: Iterable[Document] = ()) -> None:
        changes = [_change(DEVELOP, Subject.SEGMENT, each) for each in segments]
        changes += [_change(DEVELOP, Subject.FLAG, each) for each in flags_]
        flags.publish(self._actors[who], DEVELOP, changes, reason=reason)

    def _revise(self, who: str, reason: str, key: str, edit: Callable[[Document], Document]) -> None:
        self._write(who, reason, [edit(flags.content(DEVELOP).flags[key])])

    def _carry(self, who: str, source: Environment, reason: str, *keys: str, at: datetime | None = None) -> object:
        target = TRIAL if source is DEVELOP else RELEASE
        chosen = keys or tuple(flags.content(source).flags)
        return flags.promote(self._actors[who], source, target, chosen, reason=reason, apply_at=at)

    def _propose(self, who: str, reason: str, edit: Callable[[], Document]) -> ChangeRequest:
        changes = [_change(RELEASE, Subject.FLAG, edit())]
        return flags.propose(self._actors[who], RELEASE, changes, reason=reason)

    def _to_release(
        self, who: str, asked: float, agreed: float, reason: str, *keys: str, at: datetime | None = None
    ) -> list[Told]:
        """Promotion to the released version: asked for by one person, agreed to by another."""
        return self._twice(asked, agreed, partial(self._carry, who, TRIAL, reason, *keys, at=at))

    def _in_release(
        self, who: str, asked: float, agreed: float, reason: str, edit: Callable[[], Document]
    ) -> list[Told]:
        """A change made in the released version itself."""
        return self._twice(asked, agreed, partial(self._propose, who, reason, edit))

    def _twice(self, asked: float, agreed: float, ask: Callable[[], object]) -> list[Told]:
        made: list[ChangeRequest] = []

        def first() -> None:
            request = ask()
            assert isinstance(request, ChangeRequest)  # noqa: S101 - the released version needs approval
            made.append(request)

        def second() -> None:
            self._approve(made[0].id)

        return [Told(asked, first), Told(agreed, second)]

    def _approve(self, request_id: uuid.UUID) -> None:
        zhou = self._actors["zhou"]
        found = flags.find_request(zhou, request_id)
        flags.approve(zhou, request_id, content_hash=found.content_hash, note="同意。")

    def _refused(self) -> None:
        limits = flags.content(RELEASE).flags["upload-limits"] | {"default": "large"}
        request = self._propose("tang", "上传上限提到 50 MB", lambda: limits)
        with clock.replaying(self.moment(5.6)):
            flags.reject(self._actors["zhou"], request.id, reason="超过政务网关 20 MB 的限制，请先压缩图片。")

    def _set_rules(self) -> None:
        flags.set_policy(
            self._actors["zhou"],
            base_number=0,
            approval=[RELEASE],
            stale_days=STALE_DAYS,
            most_flags=200,
            reason="按月清理，45 天未改即提示",
        )

    def _roll_back(self) -> None:
        aim = flags.head(RELEASE) - 1
        flags.roll_back(self._actors["zhou"], RELEASE, aim, reason="窗口反映老年人看不清卡片样式的小字，先退回列表")

    def _kill(self) -> None:
        flags.kill(self._actors["qiao"], RELEASE, "licence-ocr", reason="识别接口超时，多名用户反映上传失败")

    def _issue_key(self) -> None:
        flags.issue_key(self._actors["admin"], RELEASE, name="政务大厅办件大屏")

    def _cards(self) -> Document:
        return flags.content(RELEASE).flags["notice-layout"] | {"default": "card"}

    def _grow(self, percent: int) -> Document:
        return flags.grow(flags.content(RELEASE).flags["new-search"], 2, percent * 100)

    def _morning(self) -> datetime:
        day = clock.to_local(self._now + timedelta(days=2))
        return day.replace(hour=MORNING, minute=0, second=0, microsecond=0)


NEXT = ("photo-compress", "new-search", "elder-font", "licence-ocr")


def _of_next_version() -> list[Document]:
    return [documents.new_search(5), documents.elder_font()]


def _change(environment: Environment, subject: Subject, document: Document) -> Change:
    """The document in place of whatever stands there."""
    content = flags.content(environment)
    return Change(subject, document["key"], document, content.hashes.get(subject, document["key"]))
