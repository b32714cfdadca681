"""The OpenFeature SDKs for JavaScript, web and server, with their OFREP providers, against a running service."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.live.test_openfeature_python import DOCUMENTS
from tests.support.flag_service import FlagService, flag_service
from tests.support.flag_sets import switch
from tests.support.waiting import until

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
SORTS = ("server", "web")
POLL_MS = 100

pytestmark = [pytest.mark.slow, pytest.mark.node]

Say = Callable[..., Any]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlagService]:
    with flag_service("sqlite", tmp_path_factory.mktemp("js"), *DOCUMENTS) as made:
        yield made


@contextmanager
def running(here: FlagService, sort: str, **options: Any) -> Iterator[Say]:
    """A client process; ``say("details", type=…, flag=…)`` gives its answer."""
    command = ["node", "client.mjs"]
    with subprocess.Popen(command, cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout

        def say(verb: str, **told: Any) -> Any:
            print(json.dumps({"do": verb, **told}), file=process.stdin, flush=True)
            answer = json.loads(process.stdout.readline())
            assert "error" not in answer, answer
            return answer["told"]

        say("start", sort=sort, url=here.url, key=here.secret, **options)
        yield say
        process.stdin.close()
        process.wait(30)


@pytest.fixture(scope="module", params=SORTS)
def say(here: FlagService, request: pytest.FixtureRequest) -> Iterator[Say]:
    with running(here, request.param) as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "key", "default", "value"),
    [
        ("Boolean", "switch", False, True),
        ("String", "text", "?", "甲"),
        ("Number", "whole", 0, 30),
        ("Number", "broken", 0, 1),
        ("Object", "thing", {}, {"rows": [1, {"deep": None}], "title": "表"}),
    ],
)
def test_every_type(say, kind, key, default, value):
    found = say("details", type=kind, flag=key, default=default)
    assert found["value"] == value
    assert found["reason"] == "STATIC"
    assert found["variant"]
    assert "errorCode" not in found
    assert found["flagMetadata"]["flagSetId"] == "trial"


def test_an_unknown_flag(say):
    found = say("details", type="Boolean", flag="unknown", default=True)
    assert (found["value"], found["errorCode"], found["reason"]) == (True, "FLAG_NOT_FOUND", "ERROR")


def test_another_type_than_the_flags(say):
    found = say("details", type="String", flag="switch", default="default")
    assert (found["value"], found["errorCode"]) == ("default", "TYPE_MISMATCH")


@pytest.mark.parametrize("default", [True, False])
def test_a_disabled_flag_leaves_it_to_the_code(here, default):
    """The web provider says so; the server's reports a wrong type, which its own code makes of any missing value."""
    with running(here, "web") as web:
        found = web("details", type="Boolean", flag="off", default=default)
        assert (found["value"], found["reason"], found.get("errorCode")) == (default, "DISABLED", None)
    with running(here, "server") as server:
        assert server("details", type="Boolean", flag="off", default=default)["value"] is default


def test_the_context_decides_on_a_server(here):
    with running(here, "server") as say:
        for version, value in (("1.4.0", True), ("1.3.9", False)):
            context = {"targetingKey": "wang", "version": version}
            assert say("details", type="Boolean", flag="newer", default=not value, context=context)["value"] is value


def test_a_publish_is_seen_by_a_server_afterwards(here):
    key = f"fresh-{uuid4().hex[:8]}"
    with running(here, "server") as say:
        assert say("details", type="Boolean", flag=key, default=False)["errorCode"] == "FLAG_NOT_FOUND"
        here.publish(switch(key))
        until(lambda: say("details", type="Boolean", flag=key, default=False)["value"], "the new flag")


def test_a_page_that_polls_gets_304_until_something_changes(here):
    key = f"fresh-{uuid4().hex[:8]}"
    with running(here, "web", poll=POLL_MS, context={"targetingKey": "wang"}) as say:
        wire = until(lambda: seen if len(seen := say("wire")) >= 4 else None, "polls")
        assert (wire[0]["status"], wire[0]["asked"]) == (200, None)
        for answer in wire[1:]:
            assert (answer["status"], answer["asked"], answer["length"]) == (304, wire[0]["tag"], 0)
            assert answer["tag"] == wire[0]["tag"]
        here.publish(switch(key))
        until(lambda: say("details", type="Boolean", flag=key, default=False)["value"], "the new flag")
        assert key in say("events")[-1]
        assert say("wire")[-1]["tag"] != wire[0]["tag"]


def test_another_context_with_the_old_tag_gets_the_new_values(here):
    """The web provider keeps its tag as long as the user is the same: a tag of the configuration alone would lie."""
    with running(here, "web", context={"targetingKey": "wang", "version": "1.3.0"}) as say:
        assert say("details", type="Boolean", flag="newer", default=True)["value"] is False
        say("context", context={"targetingKey": "wang", "version": "1.4.0"})
        assert say("details", type="Boolean", flag="newer", default=False)["value"] is True
        first, second = say("wire")
        assert second["asked"] == first["tag"]
        assert (second["status"], second["context"]["version"]) == (200, "1.4.0")
