"""A running WeChat simulator for tests, and a small client of its control API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from server.simulators.wechat import Config, create_app
from server.simulators.wechat.client import MiniProgram
from server.simulators.wechat.serving import running


class ControlError(AssertionError):
    """The simulator did not understand what the test asked for."""


class Control:
    """What a test does to WeChat. ``url`` is what the service takes as WeChat's base URL."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self._http = requests.Session()
        self._http.trust_env = False

    def ask(self, method: str, path: str, /, **values: Any) -> Any:
        """One call below /_sim; ControlError when it is refused."""
        sent: dict[str, Any] = {"params": values} if method == "GET" else {"json": values}
        with self._http.request(method, f"{self.url}/_sim/{path}", timeout=60, **sent) as answer:
            if answer.status_code >= 400:
                raise ControlError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
            return answer.json()

    def get(self, path: str, /, **values: Any) -> Any:
        """Read."""
        return self.ask("GET", path, **values)

    def post(self, path: str, /, **values: Any) -> Any:
        """Do."""
        return self.ask("POST", path, **values)

    def user(self, name: str, **values: Any) -> dict[str, Any]:
        """Create, or set phone and risk."""
        return dict(self.post("users", name=name, **values))

    def login(self, name: str) -> str:
        """A login code."""
        return str(self.post("login", user=name)["code"])

    def phone_code(self, name: str) -> str:
        """A phone code."""
        return str(self.post("phone_code", user=name)["code"])

    def grant(self, name: str, template_id: str, count: int = 1) -> None:
        """The user allowed so many messages."""
        self.post("grants", user=name, template_id=template_id, count=count)

    def refuse(self, name: str, template_id: str, *, push: bool = False) -> None:
        """The user refuses from now on."""
        self.post("refusals", user=name, template_id=template_id, push=push)

    def template(self, id: str, title: str, fields: dict[str, str], type: int = 2) -> None:
        """Define a subscribe template."""
        self.post("templates", id=id, title=title, fields=fields, type=type)

    def fault(self, effect: str | dict[str, Any], path: str | None = None, **rule: Any) -> int:
        """Set a fault rule; gives its id."""
        where = {} if path is None else {"path": path}
        return int(self.post("faults", effect=effect, **where, **rule)["id"])

    def hits(self, fault_id: int) -> int:
        """How often the rule struck."""
        return next(int(fault["hits"]) for fault in self.get("faults") if fault["id"] == fault_id)

    def clear_faults(self) -> None:
        """WeChat is well again."""
        self.ask("DELETE", "faults")

    def advance(self, seconds: float) -> None:
        """Move the virtual clock."""
        self.post("clock", advance=seconds)

    def calls(self, path: str | None = None) -> list[dict[str, Any]]:
        """What the service asked, oldest first."""
        return list(self.get("calls", **({"path": path} if path else {})))

    def messages(self, name: str | None = None) -> list[dict[str, Any]]:
        """What was delivered."""
        return list(self.get("messages", **({"user": name} if name else {})))

    def pushes(self) -> list[dict[str, Any]]:
        """What was pushed, with each attempt."""
        return list(self.get("pushes"))

    def push(self, name: str, event: str, **fields: Any) -> None:
        """An event now."""
        self.post("push", user=name, event=event, fields=fields)

    def callback(self, **values: Any) -> None:
        """Set url, token, aes_key, mode or safety of the push address."""
        self.post("callback", **values)

    def drain(self, *, late: bool = False) -> None:
        """Wait until every push went out."""
        self.post("drain", late=late)

    def reset(self, seed: int | None = None) -> None:
        """As at the start."""
        self.post("reset", **({} if seed is None else {"seed": seed}))

    def phone(self, service_url: str, **values: Any) -> MiniProgram:
        """A phone with the mini program open, pointed at the service."""
        config = self.config
        return MiniProgram(
            service_url,
            values.pop("appid", config.appid),
            values.pop("version", config.app_version),
            values.pop("build", config.build),
            **values,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


@contextmanager
def running_simulator(**config: Any) -> Iterator[Control]:
    """A simulator on a free loopback port; ``config`` as in server.simulators.wechat.Config."""
    chosen = Config.of(config)
    with running(create_app(chosen)) as url:
        control = Control(url, chosen)
        try:
            yield control
        finally:
            control.close()
