"""The trainings of both years and of today: on demand, on site, after releases; presence by code and by hand, answers, papers.

Their dice are their own, so that what other stories draw stays as it was.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core import clock
from server.domain import documents, staffing, training
from server.domain.training import Ground, Mode, Question, QuestionKind, Trainer
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at

SEED = 20250309
OFFICES = (
    "注册登记科",
    "信用监管科",
    "食品经营监管科",
    "城东市场监管所",
    "城西市场监管所",
    "高新区市场监管所",
    "政务服务大厅",
)
PEOPLE = (
    "王秀兰", "李志强", "张敏", "刘洋", "陈国栋", "杨帆", "赵丽萍", "黄海涛", "周晓燕", "吴建军", "徐静", "孙立新",
    "胡雪梅", "朱文博", "高翔", "林秋月", "何俊杰", "郭婷婷", "马晓东", "罗丹",
)  # fmt: skip
REMARKS = ("演示再慢一些就更好了。", "希望有配套的操作手册。", "内容实用。", "多讲常见问题。")
ASKS = (
    Question(QuestionKind.SCORE, "培训内容是否实用"),
    Question(QuestionKind.SCORE, "讲解是否清楚"),
    Question(QuestionKind.CHOICE, "企业年报的截止日期是", ("6 月 30 日", "12 月 31 日", "3 月 31 日"), right=0),
    Question(QuestionKind.TEXT, "意见和建议"),
)
OUTSIDER = Trainer(name="顾文渊", organisation="临江大学信息学院", title="副教授")
USUAL = "一、系统运行情况\n二、日常维护和常见问题\n三、功能操作演示与练习"


@dataclass(frozen=True, slots=True)
class Course:
    """One training as it was: ``planned_at`` it was entered, ``starts_at`` it should begin; ``late`` minutes later it did."""

    planned_at: datetime
    starts_at: datetime
    topic: str
    ground: Ground = Ground.ON_DEMAND
    minutes: int = 120
    place: str = "市局三楼会议室"
    audience: str = "注册登记科及各基层所业务骨干"
    reason: str = ""
    people: int = 12
    late: int = 0
    mode: Mode = Mode.ON_SITE
    trainer: Trainer | None = None
    asks: Sequence[Question] = ASKS
    moved_to: datetime | None = None
    called_off: str = ""


A_COURSES = (
    Course(at(2025, 3, 12), at(2025, 3, 20, 14), "小程序后台基本操作", Ground.ON_SITE, people=16),
    Course(at(2025, 4, 8), at(2025, 4, 16, 9), "年报填报常见问题解答", people=14, late=8),
    Course(
        at(2025, 5, 22), at(2025, 5, 28, 14), "年报提醒功能上线培训", Ground.AFTER_RELEASE, 90, reason="年报提醒配置上线"
    ),
    Course(
        at(2025, 7, 3), at(2025, 7, 10, 14), "网络安全与个人信息保护", people=18, trainer=OUTSIDER, audience="全体使用人员"
    ),
    Course(
        at(2025, 9, 1), at(2025, 9, 9, 14), "名称自主申报功能培训", Ground.AFTER_RELEASE, reason="名称自主申报配置上线",
        moved_to=at(2025, 9, 11, 14),
    ),
    Course(
        at(2025, 10, 13), at(2025, 10, 21, 9), "基层所现场操作培训", Ground.ON_SITE, 180, "城东市场监管所", "城东所全体人员",
        people=9,
    ),
    Course(
        at(2025, 12, 2), at(2025, 12, 10, 15), "在线咨询答复规范", mode=Mode.REMOTE, place="视频会议", minutes=60, people=11
    ),
    Course(at(2026, 1, 6), at(2026, 1, 15, 14), "移动端办公体验", called_off="与年终考核时间冲突，内容并入二月培训。"),
    Course(at(2026, 2, 4), at(2026, 2, 11, 14), "系统交接与日常巡检要点", Ground.ON_SITE, people=8, asks=ASKS[:2]),
)  # fmt: skip
B_COURSES = (
    Course(
        at(2025, 7, 22), at(2025, 7, 29, 14), "数据交换系统日常维护", Ground.ON_SITE, place="市局机房会商室",
        audience="信息中心", people=6,
    ),
    Course(
        at(2025, 10, 20), at(2025, 10, 28, 9), "交换任务异常判断与重推", place="信息中心会议室", audience="信息中心", people=5
    ),
    Course(
        at(2026, 1, 12), at(2026, 1, 20, 14), "主体档案查询和统计口径", audience="信用监管科、各所内勤", people=10, late=5
    ),
    Course(
        at(2026, 4, 13), at(2026, 4, 22, 14), "歇业备案下发数据使用", Ground.AFTER_RELEASE, 90, reason="歇业备案信息表下发配置上线",
        audience="信用监管科", people=7,
    ),
)  # fmt: skip


def of_a(year: Year) -> Iterator[Story]:
    """Nine courses, one of them moved and one called off."""
    yield from _all(year, A_COURSES)


def of_b(year: Year) -> Iterator[Story]:
    """Four courses."""
    yield from _all(year, B_COURSES)


def _all(year: Year, courses: Sequence[Course]) -> Iterator[Story]:
    for number, course in enumerate(courses):
        draw = random.Random(SEED + number + len(courses) * 100)  # noqa: S311 - dice for a story, not for secrets
        yield _course(year, course, draw)


def _course(year: Year, course: Course, draw: random.Random) -> Story:
    yield course.planned_at
    row_id = plan(year, course)
    start = course.moved_to or course.starts_at
    if course.moved_to is not None:
        yield course.starts_at - timedelta(days=1)
        training.schedule(
            year.maintainer,
            row_id,
            planned_start=start,
            planned_end=start + timedelta(minutes=course.minutes),
            reason="会议室被征用，经双方商定改期。",
        )
    if course.called_off:
        yield course.starts_at - timedelta(days=2)
        training.cancel(year.handler, row_id, reason=course.called_off)
        return
    yield start - timedelta(minutes=20)
    training.open_check_in(year.maintainer, row_id)
    yield from _comings(year, course, row_id, draw, start)
    end = start + timedelta(minutes=course.minutes + draw.choice((-10, 0, 5)))
    yield end + timedelta(minutes=15)
    training.hold(
        year.maintainer,
        row_id,
        actual_start=start + timedelta(minutes=course.late),
        actual_end=end,
        outcome="参训人员完成操作练习，现场答疑。",
    )
    yield end + timedelta(days=1)
    training.close(year.maintainer, row_id)
    for kind in (training.SHEET, training.RECORD):
        documents.issue(year.maintainer, kind, row_id)


def plan(year: Year, course: Course) -> uuid.UUID:
    """Enter a course, fix its time and put its plan on paper; whoever serves that day gives it."""
    end = course.starts_at + timedelta(minutes=course.minutes)
    row = training.plan(
        year.maintainer,
        contract_id=year.contract_id,
        ground=course.ground,
        topic=course.topic,
        trainer=course.trainer or _somebody(year, course.moved_to or course.starts_at),
        planned_start=course.starts_at,
        planned_end=end,
        mode=course.mode,
        place=course.place,
        audience=course.audience,
        content=USUAL,
        reason=course.reason,
        asks=course.asks,
    )
    training.schedule(year.maintainer, row.id, planned_start=course.starts_at, planned_end=end)
    return row.id


def _somebody(year: Year, moment: datetime) -> Trainer:
    """A maintainer who serves on the day, or the outsider while nobody is designated."""
    staff = staffing.staff_on(year.contract_id, clock.local_day(moment))
    return Trainer(maintainer_id=staff[0].id) if staff else OUTSIDER


def _comings(year: Year, course: Course, row_id: uuid.UUID, draw: random.Random, start: datetime) -> Story:
    """Citizens of the story scan and answer; the others are entered by hand, some of them late."""
    names = draw.sample(PEOPLE, course.people)
    scanning = list(zip(year.citizens, names, strict=False))
    moment = start - timedelta(minutes=15)
    for citizen, name in scanning:
        yield (moment := moment + timedelta(minutes=draw.randint(1, 4)))
        code = training.shown(row_id, clock.now()).scanned
        training.check_in(citizen, code=code, name=name, unit=draw.choice(OFFICES))
    late = max(moment, start) + timedelta(minutes=12)
    yield late
    for number, name in enumerate(names[len(scanning) :]):
        training.check_in_by_hand(
            year.maintainer, row_id, name=name, unit=draw.choice(OFFICES), late=number == 0 and course.late > 0
        )
    for citizen, _ in scanning if course.asks else ():
        yield (late := late + timedelta(minutes=draw.randint(1, 5)))
        training.answer(citizen, row_id, answers=[_answer(question, draw) for question in course.asks])


def _answer(question: Question, draw: random.Random) -> int | str | None:
    if question.kind is QuestionKind.SCORE:
        return draw.choice((5, 5, 5, 4, 4, 3))
    if question.kind is QuestionKind.CHOICE:
        return draw.choice((0, 0, 0, 1))
    return draw.choice((*REMARKS, None))
