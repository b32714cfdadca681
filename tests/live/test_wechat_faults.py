"""WeChat in trouble: who is signed in is still heard, and what is to be told goes out later, once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core.db import session
from server.domain import tickets
from server.domain.notices import Message, MessageState
from server.domain.tickets import ContentState, Ticket
from server.simulators.wechat.client import MiniProgram
from tests.support.town import TEMPLATES
from tests.support.waiting import stays, until
from tests.support.whole import Whole, good, whole

SEND = "/cgi-bin/message/subscribe/send"
CHECK = "/wxa/msg_sec_check"
LATER = timedelta(minutes=11)
TOMORROW = timedelta(hours=26)
# A phone that waits this long for its report would be put away.
PATIENCE = 15.0
SETTINGS = {"job_lease_seconds": "4", "wechat_timeout_seconds": "2"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One town for all faults; each test brings its own citizen and leaves WeChat well."""
    with whole("sqlite", tmp_path_factory.mktemp("faults"), settings=SETTINGS) as made:
        yield made


@pytest.fixture(autouse=True)
def _well_again(here: Whole) -> Iterator[None]:
    yield
    here.wechat.clear_faults()


@dataclass
class Matter:
    """One citizen with one report that was answered, while WeChat was in trouble."""

    here: Whole
    name: str
    phone: MiniProgram
    id: uuid.UUID
    number: str

    @classmethod
    def taken(cls, here: Whole, name: str, phone: MiniProgram) -> Matter:
        """Reported over HTTP and answered by the vendor; both are done whatever becomes of WeChat."""
        ticket = good(phone.report("首页公告打不开，一直转圈。"), 201)
        here.act("zheng", tickets.respond, uuid.UUID(ticket["id"]), text="已收到，正在核查。")
        return cls(here, name, phone, uuid.UUID(ticket["id"]), ticket["number"])

    def message(self) -> Message:
        """Its message in the outbox."""
        with self.here.inside():
            query = sa.select(Message).where(Message.dedupe_key.like("ticket:%"), Message.page.contains(str(self.id)))
            found = session().scalars(query).one()
            session().expunge(found)
            return found

    def tried(self) -> bool:
        """Whether WeChat was called for it and the outcome is written down."""
        message = self.message()
        return message.attempt > 0 and message.state is not MessageState.SENDING

    def arrived(self) -> int:
        """How often it came to the citizen's phone."""
        return sum(told["data"]["character_string1"] == self.number for told in self.here.wechat.messages(self.name))

    def judged(self) -> bool:
        """Whether its words passed the content check."""
        return self.here.count(Ticket, Ticket.id == self.id, Ticket.content_state == ContentState.PASS) == 1

    def over(self) -> bool:
        """Whether everything that WeChat has to do with it is done."""
        return self.message().state is MessageState.SENT and self.judged()


def citizen(here: Whole, name: str) -> MiniProgram:
    """Signed in, agreed, subscribed, while WeChat is well; with little patience from now on."""
    phone = here.phone(name, subscribe=1)
    phone.timeout = PATIENCE
    return phone


def once(here: Whole, matter: Matter) -> None:
    """It came once, and does not come again tomorrow."""
    assert matter.arrived() == 1
    here.let_time_pass(TOMORROW)
    stays(matter.arrived, "messages on the phone", seconds=1.5)


@pytest.mark.parametrize(
    "effect",
    ["stall", "bad_gateway", "html", "reset", {"kind": "errcode", "code": -1}],
    ids=["slow", "502", "html", "reset", "busy"],
)
def test_reports_are_taken_and_told_of_later(here, effect):
    name = f"市民{effect if isinstance(effect, str) else 'busy'}"
    phone = citizen(here, name)
    fault = effect if isinstance(effect, dict) else {"kind": effect} | ({"seconds": 3} if effect == "stall" else {})
    here.wechat.fault(fault, "/*")
    matter = Matter.taken(here, name, phone)
    until(matter.tried, "the message was tried")
    assert matter.arrived() == 0
    here.wechat.clear_faults()
    here.in_time(matter.over, "the message sent and the words judged", LATER)
    once(here, matter)


def test_no_line_to_wechat_at_all(here):
    phone = citizen(here, "断线市民")
    here.line.cut()
    try:
        matter = Matter.taken(here, "断线市民", phone)
        until(matter.tried, "the message was tried")
        # who is not signed in cannot come in now, and is told so
        refused = here.wechat.phone(here.service.url).sign_in("no-such-code")
        assert (refused.status, refused.code) == (503, "unavailable")
    finally:
        here.line.mend()
    here.in_time(matter.over, "the message sent and the words judged", LATER)
    once(here, matter)


def test_an_answer_that_comes_too_late_is_no_second_message(here):
    phone = citizen(here, "慢市民")
    here.wechat.fault({"kind": "latency", "seconds": 3}, SEND, times=1)
    matter = Matter.taken(here, "慢市民", phone)
    until(matter.over, "the push says that it was sent")
    once(here, matter)


@pytest.mark.parametrize("effect", ["stall", "reset", "bad_gateway"])
def test_a_lost_answer_leads_to_no_double(here, effect):
    name = f"失联市民{effect}"
    phone = citizen(here, name)
    options = {"seconds": 3} if effect == "stall" else {}
    fault = here.wechat.fault({"kind": effect, "done": True, **options}, SEND, times=1)
    matter = Matter.taken(here, name, phone)
    until(matter.over, "the push settles what the answer did not")
    assert here.wechat.hits(fault) == 1
    once(here, matter)


def test_a_revoked_token_is_fetched_anew(here):
    phone = citizen(here, "令牌市民")
    here.wechat.post("tokens/revoke")
    matter = Matter.taken(here, "令牌市民", phone)
    until(matter.over, "the message sent and the words judged")
    once(here, matter)


def test_the_days_quota_is_waited_for(here):
    phone = citizen(here, "额度市民")
    here.wechat.post("quotas", path=SEND, day=0)
    here.wechat.post("quotas", path=CHECK, day=0)
    matter = Matter.taken(here, "额度市民", phone)
    until(matter.tried, "the message was tried")
    waits = matter.message()
    assert (waits.state, waits.errcode) == (MessageState.QUEUED, 45009)
    here.let_time_pass(timedelta(minutes=1))
    assert matter.arrived() == 0
    here.wechat.post("quotas", path=SEND, day=10_000)
    here.wechat.post("quotas", path=CHECK, day=10_000)
    here.in_time(matter.over, "the message sent and the words judged", TOMORROW)
    once(here, matter)


def test_a_citizen_who_refuses_is_left_alone(here):
    phone = citizen(here, "拒收市民")
    for template_id in TEMPLATES.values():
        here.wechat.refuse("拒收市民", template_id)
    matter = Matter.taken(here, "拒收市民", phone)
    refused = until(lambda: (m := matter.message()).state is MessageState.REFUSED and m, "refused is known")
    assert refused.errcode == 43101
    here.let_time_pass(TOMORROW)
    stays(lambda: (matter.arrived(), matter.message().attempt), "tries", seconds=1.5)
    assert matter.arrived() == 0
    offered = {row["key"]: row["remaining"] for row in good(phone.get("subscriptions/templates"), 200)["items"]}
    assert offered["ticket_received"] == 0
