"""The questionnaire: one to ten questions, answered once by whoever was there, told in sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.core.errors import Invalid
from server.domain.training.access import wrote
from server.domain.training.vocabulary import QuestionKind

MOST = 10
MOST_OPTIONS = 6
LEAST_OPTIONS = 2
TEXT = 120
ANSWER = 500
BEST = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``options`` of a choice; ``right``: which of them is right (from 0), where it is a test."""

    kind: QuestionKind
    text: str
    options: tuple[str, ...] = ()
    right: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was answered to a question: a count for each option or score, the average of scores, texts as they came."""

    question: Question
    count: int
    counts: tuple[tuple[str, int], ...] = ()
    average: Decimal | None = None
    right_percent: int | None = None
    texts: tuple[str, ...] = ()


def checked(questions: Sequence[Question]) -> list[Any]:
    """Questions as they are kept; Invalid with the number of the one that is wrong."""
    if len(questions) > MOST:
        raise Invalid(fields={"questions": [f"最多 {MOST} 题"]})
    return [_kept(number, question) for number, question in enumerate(questions, 1)]


def asked(kept: Iterable[Mapping[str, Any]]) -> list[Question]:
    """Questions as a training keeps them."""
    return [Question(QuestionKind(each["kind"]), each["text"], tuple(each["options"]), each["right"]) for each in kept]


def answers_to(questions: Sequence[Question], given: Sequence[Any]) -> list[Any]:
    """Somebody's answers, checked one by one: an option (from 0), a score from 1 to 5, words; None leaves one out."""
    if len(given) != len(questions):
        raise Invalid(fields={"answers": [f"应有 {len(questions)} 个回答，不答的填 null。"]})
    told = [
        _answer(number, question, value) for number, (question, value) in enumerate(zip(questions, given, strict=True))
    ]
    if all(each is None for each in told):
        raise Invalid(fields={"answers": ["请至少回答一题。"]})
    return told


def summed(questions: Sequence[Question], answers: Sequence[Sequence[Any]]) -> list[Result]:
    """The results, question by question."""
    return [
        _summed(question, [row[at] for row in answers if row[at] is not None]) for at, question in enumerate(questions)
    ]


def _kept(number: int, question: Question) -> dict[str, Any]:
    field = f"question_{number}"
    text = wrote(field, question.text, longest=TEXT)
    options = [wrote(field, option, longest=TEXT) for option in question.options]
    if question.kind is not QuestionKind.CHOICE:
        if options or question.right is not None:
            raise Invalid(fields={field: ["只有单选题才有选项"]})
    elif not LEAST_OPTIONS <= len(options) <= MOST_OPTIONS or len(set(options)) != len(options):
        raise Invalid(fields={field: [f"单选题应有 {LEAST_OPTIONS} 至 {MOST_OPTIONS} 个不同的选项"]})
    elif question.right is not None and not 0 <= question.right < len(options):
        raise Invalid(fields={field: ["正确答案应是其中一个选项"]})
    return {**asdict(question), "kind": question.kind.value, "text": text, "options": options}


def _answer(at: int, question: Question, value: Any) -> Any:
    field = f"answers.{at}"
    if value is None:
        return None
    if question.kind is QuestionKind.TEXT:
        if not isinstance(value, str):
            raise Invalid(fields={field: ["应为文字。"]})
        return wrote(field, value, longest=ANSWER, needed=False) or None
    low, high = (1, BEST) if question.kind is QuestionKind.SCORE else (0, len(question.options) - 1)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(fields={field: [f"应为 {low} 至 {high} 的整数。"]})
    return value


def _summed(question: Question, given: Sequence[Any]) -> Result:
    if question.kind is QuestionKind.TEXT:
        return Result(question, len(given), texts=tuple(given))
    if question.kind is QuestionKind.SCORE:
        counts = tuple((f"{score} 分", given.count(score)) for score in range(BEST, 0, -1))
        mean = Decimal(sum(given)) / len(given) if given else None
        average = mean.quantize(Decimal("0.1"), ROUND_HALF_UP) if mean is not None else None
        return Result(question, len(given), counts, average=average)
    counts = tuple((option, given.count(at)) for at, option in enumerate(question.options))
    right = None
    if question.right is not None and given:
        right = int((Decimal(given.count(question.right)) * 100 / len(given)).quantize(Decimal(1), ROUND_HALF_UP))
    return Result(question, len(given), counts, right_percent=right)
