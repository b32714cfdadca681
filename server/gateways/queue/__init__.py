"""The queue: background work as rows of our database, claimed under a lease (reference for the why: docs/adr on jobs).

任务 job, 队列 lane, 租约 lease, 认领 claim, 进度 progress, 周期任务 periodic/round.

``put`` adds work in the caller's unit. Everything else is for the workers and for the officers' page.
"""

from server.gateways.queue.claims import (
    Claim,
    Progress,
    anything_to_sweep,
    claim,
    due,
    fail,
    finish,
    give_back,
    renew,
    still_held,
    sweep,
    take_over,
)
from server.gateways.queue.control import (
    JobNotFound,
    NotCancellable,
    NotRetriable,
    cancel,
    find,
    get,
    matching,
    retry,
    rounds,
)
from server.gateways.queue.figures import (
    KindFailures,
    LaneFigures,
    depth,
    failures,
    kinds,
    lanes,
    oldest_wait,
    purge,
)
from server.gateways.queue.intake import Offer, Silence, Transport, install, put, transport
from server.gateways.queue.labels import label_of, name_kind
from server.gateways.queue.models import DEFAULT_ATTEMPTS, LIVING, WAITING, Job, JobState, Lane, Periodic
from server.gateways.queue.offers import note_offered, to_offer
from server.gateways.queue.periodic import Round, declare, due_rounds, skip, start

__all__ = [
    "DEFAULT_ATTEMPTS",
    "LIVING",
    "WAITING",
    "Claim",
    "Job",
    "JobNotFound",
    "JobState",
    "KindFailures",
    "Lane",
    "LaneFigures",
    "NotCancellable",
    "NotRetriable",
    "Offer",
    "Periodic",
    "Progress",
    "Round",
    "Silence",
    "Transport",
    "anything_to_sweep",
    "cancel",
    "claim",
    "declare",
    "depth",
    "due",
    "due_rounds",
    "fail",
    "failures",
    "find",
    "finish",
    "get",
    "give_back",
    "install",
    "kinds",
    "label_of",
    "lanes",
    "matching",
    "name_kind",
    "note_offered",
    "oldest_wait",
    "purge",
    "put",
    "renew",
    "retry",
    "rounds",
    "skip",
    "start",
    "still_held",
    "sweep",
    "take_over",
    "to_offer",
    "transport",
]
