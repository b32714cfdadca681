"""The whole state of one simulated WeChat, behind one lock."""

import random
import threading
from typing import Any

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.config import Config
from server.simulators.wechat.push import events
from server.simulators.wechat.push.callback import Callback
from server.simulators.wechat.push.courier import Courier, Push
from server.simulators.wechat.rules.calls import Calls
from server.simulators.wechat.rules.code import Code
from server.simulators.wechat.rules.content import Content
from server.simulators.wechat.rules.faults import Faults
from server.simulators.wechat.rules.links import Links
from server.simulators.wechat.rules.operations import Operations
from server.simulators.wechat.rules.people import People, User
from server.simulators.wechat.rules.platform import TICKET_EVERY, Platform
from server.simulators.wechat.rules.quotas import Quotas
from server.simulators.wechat.rules.subscriptions import Message, Subscriptions
from server.simulators.wechat.rules.tokens import Tokens

# Who sends what no person does.
WECHATS_OWN = "oWECHAT000000000000000000000"


class World:
    """Hold ``lock`` while reading or changing anything but the courier, which has its own."""

    people: People
    tokens: Tokens
    quotas: Quotas
    subscriptions: Subscriptions
    content: Content
    links: Links
    faults: Faults
    calls: Calls
    operations: Operations
    platform: Platform
    code: Code
    callbacks: dict[str, Callback]
    pages: list[str]
    ip_allow: list[str]
    sent_events: bool
    media_delay: float
    media_jobs: list[dict[str, Any]]

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.over = threading.Event()
        self.clock = Clock(config.start_at)
        self.rng = random.Random(config.seed)
        self.courier = Courier(config, self.clock, random.Random(config.seed), self._faults_now, self._callback_now)
        self._ticking = 0
        self._begin()

    @property
    def callback(self) -> Callback:
        """The mini program's own push address."""
        return self.callbacks["app"]

    def reset(self, seed: int | None = None) -> None:
        """Back to the first moment, clock included; a push being sent this moment still arrives, a held call comes to nothing."""
        with self.lock:
            self.over.set()
            self.over = threading.Event()
            self.courier.clear()
            self.rng.seed(self.config.seed if seed is None else seed)
            if self.config.start_at is None:
                self.clock.advance(-self.clock.offset)
            else:
                self.clock.set(self.config.start_at)
            self._begin()

    def stop(self) -> None:
        """End waiting requests and the background thread."""
        self.over.set()
        self.courier.stop()

    def advance(self, seconds: float) -> None:
        """Move the clock; pushes that become due go out."""
        self.clock.advance(seconds)
        self.courier.schedule.wake()

    def push(self, user: User, name: str, delay: float = 0.0, **fields: Any) -> Push:
        """An event from this user, or about this user."""
        body = events.event(self.config.original_id, user.openid, self.clock.stamp(), name, **fields)
        return self.courier.push(body, delay)

    def push_sent(self, user: User, message: Message) -> None:
        """The delivery report that follows each subscribe message, unless switched off."""
        if self.sent_events:
            row = {
                "TemplateId": message.template_id,
                "MsgID": message.msg_id,
                "ErrorCode": "0",
                "ErrorStatus": "success",
            }
            self.push(user, "subscribe_msg_sent_event", **events.listed([row]))

    def push_choices(self, user: User, results: dict[str, str], *, popup: bool) -> Push:
        """What the user answered to the pop-up, or changed later in the settings."""
        name = "subscribe_msg_popup_event" if popup else "subscribe_msg_change_event"
        return self.push(user, name, **events.listed(events.choices(results, popup=popup)))

    def start_tickets(self) -> None:
        """Push a ticket now and every ten minutes, once the platform has an address."""
        self._ticking += 1
        if self.callbacks["component"].url:
            self._tick(self._ticking)

    def _tick(self, ticking: int) -> None:
        with self.lock:
            if ticking == self._ticking:
                self.platform.give_ticket()
                self.courier.schedule.put(lambda: self._tick(ticking), TICKET_EVERY, recurring=True)

    def _push_audit(self, name: str, fields: dict[str, Any]) -> None:
        """Only who was authorised hears of it (wechat.md §1.6)."""
        if self.platform.authorised:
            body = events.event(self.config.original_id, WECHATS_OWN, self.clock.stamp(), name, **fields)
            self.courier.push(body, to="message")

    def _begin(self) -> None:
        config, clock, rng = self.config, self.clock, self.rng
        self.people = People(config.appid, clock, rng)
        self.tokens = Tokens(clock, rng)
        self.quotas = Quotas(clock)
        self.subscriptions = Subscriptions(clock, rng)
        self.content = Content()
        self.links = Links(config.appid, clock, rng)
        self.faults = Faults(rng)
        self.calls = Calls(clock, rng)
        self.operations = Operations()
        self.platform = Platform(config, clock, rng, self.tokens, lambda body: self.courier.push(body, to="component"))
        self.code = Code(config, clock, self._push_audit)
        self.callbacks = {
            "app": Callback.of(config),
            "component": Callback.of_platform(config, config.component_url),
            "message": Callback.of_platform(config, config.component_message_url),
        }
        self.pages = list(config.pages)
        self.ip_allow = list(config.ip_allow)
        self.sent_events = config.sent_events
        self.media_delay = config.media_delay
        self.media_jobs = []
        self.start_tickets()

    def _faults_now(self) -> Faults:
        return self.faults

    def _callback_now(self, to: str) -> Callback:
        return self.callbacks[to]
