"""The third-party platform: its tickets, and how a mini program authorises it and takes that back."""

import random
from collections.abc import Callable
from typing import Any

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.config import Config
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.tokens import Tokens

TICKET_EVERY = 600
TICKET_LIFE = 12 * 3600
PREAUTH_LIFE = 1800
CODE_LIFE = 3600
SCOPES = (17, 18, 19, 30, 31)  # 18 is code management


class Platform:
    """One platform and the one mini program that may authorise it; ``tell`` pushes to the platform's address."""

    def __init__(
        self, config: Config, clock: Clock, rng: random.Random, tokens: Tokens, tell: Callable[[dict[str, Any]], Any]
    ) -> None:
        self._config = config
        self._clock = clock
        self._rng = rng
        self._tokens = tokens
        self._tell = tell
        self._tickets: dict[str, float] = {}
        self._preauth: dict[str, float] = {}
        self._codes: dict[str, float] = {}
        self.refresh_token: str | None = None
        self.scopes: tuple[int, ...] = SCOPES

    @property
    def authorised(self) -> bool:
        """Whether the mini program lets the platform act for it."""
        return self.refresh_token is not None

    def give_ticket(self) -> None:
        """Push a fresh ticket; the ones before stay good for their twelve hours."""
        ticket = f"ticket@@@{self._rng.randbytes(32).hex()}"
        self._tickets[ticket] = self._clock.now() + TICKET_LIFE
        self._event("component_verify_ticket", ComponentVerifyTicket=ticket)

    def check_app(self, values: dict[str, Any]) -> None:
        """41002 and 40013 for the platform's id, 41004 and 40125 for its secret."""
        if not values.get("component_appid"):
            raise WxError(41002)
        secret = values.get("component_appsecret") or values.get("component_secret")
        if not secret:
            raise WxError(41004)
        if values["component_appid"] != self._config.component_appid:
            raise WxError(40013)
        if secret != self._config.component_secret:
            raise WxError(40125)

    def check_component(self, values: dict[str, Any]) -> None:
        """41002 and 61011: a token acts for its own platform only."""
        if not values.get("component_appid"):
            raise WxError(41002)
        if values["component_appid"] != self._config.component_appid:
            raise WxError(61011)

    def token(self, ticket: object) -> tuple[str, int]:
        """The component token for a ticket that is good."""
        if not ticket:
            raise WxError(41033)
        if self._tickets.get(str(ticket), 0.0) < self._clock.now():
            raise WxError(61006)
        return self._tokens.of_platform("component")

    def preauth(self) -> tuple[str, int]:
        """The code with which the authorisation page is opened."""
        code = f"preauthcode@@@{self._rng.randbytes(16).hex()}"
        self._preauth[code] = self._clock.now() + PREAUTH_LIFE
        return code, PREAUTH_LIFE

    def knows_preauth(self, code: str) -> bool:
        """Whether the page may be shown."""
        return self._preauth.get(code, 0.0) > self._clock.now()

    def authorise(self, *, preauth: str = "") -> tuple[str, int]:
        """The owner agrees; the event follows, with the same code that the redirect carries."""
        self._preauth.pop(preauth, None)
        kind = "updateauthorized" if self.authorised else "authorized"
        if not self.authorised:
            self.refresh_token = f"refreshtoken@@@{self._rng.randbytes(24).hex()}"
        code = f"queryauthcode@@@{self._rng.randbytes(24).hex()}"
        self._codes[code] = self._clock.now() + CODE_LIFE
        fields = {"AuthorizationCodeExpiredTime": int(self._codes[code]), "PreAuthCode": preauth}
        self._event(kind, AuthorizerAppid=self._config.appid, AuthorizationCode=code, **fields)
        return code, CODE_LIFE

    def revoke(self) -> None:
        """The owner takes it back: the tokens are void, the event follows."""
        self.refresh_token = None
        self._tokens.revoke("authorizer")
        self._event("unauthorized", AuthorizerAppid=self._config.appid)

    def redeem(self, code: object) -> tuple[str, int, str]:
        """Authorizer token, its life, refresh token; a code works once (61009) and for an hour (61010)."""
        until = self._codes.pop(str(code), None)
        if until is None:
            raise WxError(61009)
        if until < self._clock.now():
            raise WxError(61010)
        return self._authorizer_token()

    def refresh(self, appid: object, token: object) -> tuple[str, int, str]:
        """61003 without an authorisation, 61023 for another refresh token."""
        if not self.authorised or appid != self._config.appid:
            raise WxError(61003)
        if token != self.refresh_token:
            raise WxError(61023)
        return self._authorizer_token()

    def state(self) -> dict[str, Any]:
        """For the control API."""
        return {
            "component_appid": self._config.component_appid,
            "tickets": len(self._tickets),
            "authorised": self.authorised,
            "scopes": list(self.scopes),
        }

    def _authorizer_token(self) -> tuple[str, int, str]:
        if self.refresh_token is None:
            raise WxError(61003)
        value, seconds = self._tokens.of_platform("authorizer")
        return value, seconds, self.refresh_token

    def _event(self, kind: str, **fields: Any) -> None:
        body = {"AppId": self._config.component_appid, "CreateTime": self._clock.stamp(), "InfoType": kind, **fields}
        self._tell(body)
