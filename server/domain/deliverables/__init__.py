"""The papers that a contract owes in every cycle: due, handed in, late, sent back, signed.

交付物 deliverable (what the terms name), 周期 cycle, 应交 expected, 交付 delivery (what came for one cycle), 版本 version,
签收 sign, 退回 send back, 迟交 late, 未约定 not agreed, 截止日变动 due move.

What is owed is computed from terms and calendar and never stored; only what came is. Lateness is judged by the first
hand-in and stays, whatever is signed later.
"""

from server.domain.deliverables.expected import BY_DEFAULT, Expected, due_of, expected, expected_under
from server.domain.deliverables.followers import Follower, follow, unfollow
from server.domain.deliverables.handing import (
    AlreadySigned,
    DeliveryMoved,
    NothingToDecide,
    comment,
    find_delivery,
    find_version,
    hand_in,
    send_back,
    sign,
)
from server.domain.deliverables.models import Delivery, DeliveryComment, DeliveryVersion, State
from server.domain.deliverables.moving import RECOMPUTE, Shift, install, moves_of, settle, settle_all
from server.domain.deliverables.papers import Incoming, Outgoing, send, sweep, take_paper
from server.domain.deliverables.standing import (
    DeliverableNotFound,
    Folder,
    Standing,
    contracts_seen,
    folder,
    owed_by,
    standing,
    standings,
    week,
)

install()

__all__ = [
    "BY_DEFAULT",
    "RECOMPUTE",
    "AlreadySigned",
    "DeliverableNotFound",
    "Delivery",
    "DeliveryComment",
    "DeliveryMoved",
    "DeliveryVersion",
    "Expected",
    "Folder",
    "Follower",
    "Incoming",
    "NothingToDecide",
    "Outgoing",
    "Shift",
    "Standing",
    "State",
    "comment",
    "contracts_seen",
    "due_of",
    "expected",
    "expected_under",
    "find_delivery",
    "find_version",
    "folder",
    "follow",
    "hand_in",
    "moves_of",
    "owed_by",
    "send",
    "send_back",
    "settle",
    "settle_all",
    "sign",
    "standing",
    "standings",
    "sweep",
    "take_paper",
    "unfollow",
    "week",
]
