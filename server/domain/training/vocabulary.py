"""The room's words, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class Ground(Labelled):
    """Why a training is given: which promise of the contract it keeps."""

    ON_DEMAND = "on_demand", "专人培训"
    ON_SITE = "on_site", "现场培训"
    AFTER_RELEASE = "after_release", "上线培训"


class Mode(Labelled):
    """How people come together."""

    ON_SITE = "on_site", "现场"
    REMOTE = "remote", "远程"


class State(Labelled):
    """Where a training stands."""

    PLANNED = "planned", "计划中"
    SCHEDULED = "scheduled", "已排期"
    OPEN = "open", "签到中"
    HELD = "held", "已举办"
    CLOSED = "closed", "已归档"
    POSTPONED = "postponed", "已推迟"
    CANCELLED = "cancelled", "已取消"


AHEAD = frozenset({State.PLANNED, State.SCHEDULED})
"""What has a day and was not held yet."""

DONE = frozenset({State.HELD, State.CLOSED})
"""What was held."""


class Step(Labelled):
    """What happened, as a training's timeline tells it; those of ``states.TABLE`` move it."""

    PLANNED = "planned", "登记计划"
    EDITED = "edited", "修改内容"
    SCHEDULED = "scheduled", "排期"
    POSTPONED = "postponed", "推迟"
    CANCELLED = "cancelled", "取消"
    OPENED = "opened", "开放签到"
    HELD = "held", "登记举办情况"
    HOURS_SET = "hours_set", "更正课时"
    CLOSED = "closed", "归档"
    ATTENDED = "attended", "手工登记签到"
    STRUCK = "struck", "撤销签到"
    FILE_ADDED = "file_added", "上传材料"
    QUESTIONS_SET = "questions_set", "设置问卷"


class Way(Labelled):
    """How somebody's presence was noted."""

    SCANNED = "scanned", "扫码"
    TYPED = "typed", "签到码"
    BY_HAND = "by_hand", "手工登记"


class QuestionKind(Labelled):
    """What a question of the questionnaire asks for."""

    CHOICE = "choice", "单选"
    SCORE = "score", "评分"
    TEXT = "text", "文字"


class FileKind(Labelled):
    """What an attached paper is."""

    MATERIAL = "material", "培训材料"
    SHEET = "sheet", "手签签到表"
    PHOTO = "photo", "现场照片"
    OTHER = "other", "其他"
