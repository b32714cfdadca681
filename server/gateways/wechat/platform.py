"""The third-party platform: its own calls, its token, and the tokens of the mini program that authorised it.

Both tokens live and are fetched as the mini program's own (``tokens``): one row each, one worker fetches, a token that
WeChat does not take is forgotten and fetched once more. A component token costs the latest ticket, an authorizer token
the refresh token; both are in ``platform_state``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from wechatpy.client.api.base import BaseWeChatAPI

from server.gateways.wechat import platform_state
from server.gateways.wechat.calls import text
from server.gateways.wechat.client import MiniClient
from server.gateways.wechat.code import CodeAPI
from server.gateways.wechat.code_answers import Template, number, read_templates, rows
from server.gateways.wechat.config import PlatformConfig
from server.gateways.wechat.errors import WechatBusy, WechatDown, WechatRefused
from server.gateways.wechat.tokens import Fetched

COMPONENT = "cgi-bin/component"
NO_TICKET, NOT_AUTHORISED = 61006, 61003


@dataclass(frozen=True, slots=True)
class Authorised:
    """What an authorisation code was good for; ``scopes`` are numbers of permission sets (18: code management)."""

    appid: str
    refresh_token: str = field(repr=False)
    scopes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A mini program as the platform that it authorised sees it; ``name`` as WeChat shows it."""

    name: str
    refresh_token: str = field(repr=False)
    scopes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuthorizerToken:
    """A fresh authorizer token, and the refresh token that is good from now on."""

    fetched: Fetched = field(repr=False)
    refresh_token: str = field(repr=False)


class PlatformAPI(BaseWeChatAPI):  # type: ignore[misc]  # wechatpy is not typed
    """Calls of the platform itself; every one may raise WechatError."""

    API_BASE_URL = ""  # the client's

    def start_tickets(self) -> None:
        """Have WeChat push a ticket, now and every ten minutes. Needs no token."""
        config = self._client.config
        body = {"component_appid": config.appid, "component_secret": config.secret}
        self._post(f"{COMPONENT}/api_start_push_ticket", params=[], data=body)

    def preauth_code(self) -> str:
        """What the authorisation page is opened with (half an hour)."""
        path = f"{COMPONENT}/api_create_preauthcode"
        return text(self._ask(path), "pre_auth_code", path)

    def query_auth(self, code: str) -> Authorised:
        """The authorisation behind a code (good once, an hour)."""
        path = f"{COMPONENT}/api_query_auth"
        info = self._ask(path, authorization_code=code).get("authorization_info")
        if not isinstance(info, dict):
            raise WechatDown("no authorization_info in the answer", path=path, maybe_done=True)
        return Authorised(
            text(info, "authorizer_appid", path), text(info, "authorizer_refresh_token", path), _scopes(info)
        )

    def authorizer_token(self, appid: str, refresh_token: str) -> AuthorizerToken:
        """A fresh token to act for a mini program with."""
        path = f"{COMPONENT}/api_authorizer_token"
        answer = self._ask(path, authorizer_appid=appid, authorizer_refresh_token=refresh_token)
        token, seconds = text(answer, "authorizer_access_token", path), number(answer.get("expires_in"))
        if seconds <= 0:
            raise WechatDown("no expires_in in the answer", path=path, maybe_done=False)
        return AuthorizerToken(Fetched(token, seconds), str(answer.get("authorizer_refresh_token") or refresh_token))

    def authorizer(self, appid: str) -> Authorizer:
        """A mini program that has authorised us; WechatRefused (61003) otherwise. May be asked again, unlike a code."""
        answer = self._ask(f"{COMPONENT}/api_get_authorizer_info", authorizer_appid=appid)
        info, given = (
            found if isinstance(found := answer.get(name), dict) else {}
            for name in ("authorizer_info", "authorization_info")
        )
        return Authorizer(
            str(info.get("nick_name") or ""), str(given.get("authorizer_refresh_token") or ""), _scopes(given)
        )

    def drafts(self) -> list[Template]:
        """What CI uploaded for the platform, not yet in the library."""
        return read_templates(self._get("wxa/gettemplatedraftlist"), drafts=True)

    def templates(self) -> list[Template]:
        """The library."""
        return read_templates(self._get("wxa/gettemplatelist"), drafts=False)

    def add_template(self, draft_id: int) -> None:
        """A draft moves into the library."""
        self._post("wxa/addtotemplate", data={"draft_id": draft_id})

    def delete_template(self, template_id: int) -> None:
        """Out of the library, which holds fifty."""
        self._post("wxa/deletetemplate", data={"template_id": template_id})

    def authorisation_page(self, preauth_code: str, *, back: str) -> str:
        """Where the owner of our mini program is asked; WeChat sends the browser ``back`` with the code."""
        config: PlatformConfig = self._client.platform_config
        query = {
            "component_appid": config.appid,
            "pre_auth_code": preauth_code,
            "redirect_uri": back,
            "auth_type": 2,  # mini programs
            "biz_appid": config.mini.appid,
        }
        return f"{config.pages}/cgi-bin/componentloginpage?{urlencode(query)}"

    def _ask(self, path: str, **body: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._post(path, data={"component_appid": self.appid, **body})
        return answer


class ComponentClient(MiniClient):
    """The platform as a caller of its own."""

    platform = PlatformAPI()

    def __init__(self, config: PlatformConfig) -> None:
        self.platform_config = config
        super().__init__(config.as_caller())

    def _token_name(self, path: str) -> str:
        return "component_access_token" if path.startswith(COMPONENT) else "access_token"

    def _fetch_token(self) -> Fetched:
        path = f"{COMPONENT}/api_component_token"
        ticket = platform_state.ticket_of(self.appid)
        if ticket is None:
            raise WechatBusy(NO_TICKET, "no ticket has come", path=path)
        body = {
            "component_appid": self.appid,
            "component_appsecret": self.config.secret,
            "component_verify_ticket": ticket,
        }
        answer = self._once("post", path, [], json.dumps(body).encode(), image=False)
        token, seconds = answer.get("component_access_token"), number(answer.get("expires_in"))
        if not isinstance(token, str) or not token or seconds <= 0:
            raise WechatDown("no token in the answer", path=path, maybe_done=False)
        return Fetched(token, seconds)


class AuthorisedClient(MiniClient):
    """The platform acting for the mini program. Its token has a row of its own beside the owner's."""

    code = CodeAPI()

    def __init__(self, component: ComponentClient) -> None:
        self.component = component
        super().__init__(component.platform_config.as_authorised())

    @property
    def state_key(self) -> str:
        return f"{self.component.appid}:{self.appid}"

    def _fetch_token(self) -> Fetched:
        refresh_token = platform_state.refresh_token_of(self.component.appid, self.appid)
        if refresh_token is None:
            raise WechatRefused(NOT_AUTHORISED, "not authorised", path=f"{COMPONENT}/api_authorizer_token")
        told = self.component.platform.authorizer_token(self.appid, refresh_token)
        platform_state.replace_refresh_token(self.appid, old=refresh_token, new=told.refresh_token)
        return told.fetched


def _scopes(info: dict[str, Any]) -> tuple[int, ...]:
    found = (row.get("funcscope_category") for row in rows(info, "func_info"))
    return tuple(number(row.get("id")) for row in found if isinstance(row, dict))
