"""Training: planned with a named trainer, held with check-in by a rotating code, answered, and put on paper.

培训 training, 性质 ground (专人 A09, 现场 A14, 上线 A32), 培训人 trainer, 排期 schedule, 推迟 postpone, 签到 check in,
签到码 code, 手工登记 by hand, 课时 hours, 问卷 questions, 归档 close, 模板 template.

``states.TABLE`` is the whole law of a training. The code is made of the training, the half minute and the server's key;
presence is what the room of the training says, so an old code is refused. Trainings ask for ``record.view`` and
``record.log`` of their contract; citizens see only those that they have checked in to.
"""

from server.domain.training.access import TrainingNotFound, find
from server.domain.training.checking_in import (
    AlreadyEntered,
    CheckIn,
    CheckInClosed,
    TrainingFull,
    check_in,
    check_in_by_hand,
    strike,
)
from server.domain.training.codes import CodeExpired, CodeWrong, Shown, shown
from server.domain.training.feedback import AnsweredBefore, FeedbackClosed, Seat, answer, results_of, seat_of
from server.domain.training.files import add_files, files_of, read_file, sweep_files, take_paper
from server.domain.training.forms import PLAN, RECORD
from server.domain.training.holding import close, hold, hours_between, open_check_in, set_hours
from server.domain.training.models import (
    Answer,
    Attendance,
    Training,
    TrainingEvent,
    TrainingFile,
    TrainingTemplate,
)
from server.domain.training.papers import NotHeld, register
from server.domain.training.planning import SomebodyCame, Trainer, ask, cancel, edit, plan, postpone, schedule
from server.domain.training.privacy import (
    SHEET,
    copy_of,
    erase_names,
    forget_citizen,
    forget_phones,
    names_to_erase,
)
from server.domain.training.questions import Question, Result, asked
from server.domain.training.reading import (
    ORDERS,
    Filters,
    attendance_of,
    counts_of,
    events_of,
    last_of,
    live_releases,
    matching,
    note_export,
    overdue_count,
    release_of,
    untrained_releases,
)
from server.domain.training.states import TABLE, WrongState, allows
from server.domain.training.templates import (
    TemplateRetired,
    find_template,
    keep_as_template,
    retire_template,
    templates,
)
from server.domain.training.vocabulary import AHEAD, DONE, FileKind, Ground, Mode, QuestionKind, State, Step, Way

__all__ = [
    "AHEAD",
    "DONE",
    "ORDERS",
    "PLAN",
    "RECORD",
    "SHEET",
    "TABLE",
    "AlreadyEntered",
    "Answer",
    "AnsweredBefore",
    "Attendance",
    "CheckIn",
    "CheckInClosed",
    "CodeExpired",
    "CodeWrong",
    "FeedbackClosed",
    "FileKind",
    "Filters",
    "Ground",
    "Mode",
    "NotHeld",
    "Question",
    "QuestionKind",
    "Result",
    "Seat",
    "Shown",
    "SomebodyCame",
    "State",
    "Step",
    "TemplateRetired",
    "Trainer",
    "Training",
    "TrainingEvent",
    "TrainingFile",
    "TrainingFull",
    "TrainingNotFound",
    "TrainingTemplate",
    "Way",
    "WrongState",
    "add_files",
    "allows",
    "answer",
    "ask",
    "asked",
    "attendance_of",
    "cancel",
    "check_in",
    "check_in_by_hand",
    "close",
    "copy_of",
    "counts_of",
    "edit",
    "erase_names",
    "events_of",
    "files_of",
    "find",
    "find_template",
    "forget_citizen",
    "forget_phones",
    "hold",
    "hours_between",
    "keep_as_template",
    "last_of",
    "live_releases",
    "matching",
    "names_to_erase",
    "note_export",
    "open_check_in",
    "overdue_count",
    "plan",
    "postpone",
    "read_file",
    "release_of",
    "results_of",
    "retire_template",
    "schedule",
    "seat_of",
    "set_hours",
    "shown",
    "strike",
    "sweep_files",
    "take_paper",
    "templates",
    "untrained_releases",
]

register()
