"""The OpenFeature SDK for Python with its OFREP provider, against a running service."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from tests.support.flag_service import FlagService, flag_service
from tests.support.flag_sets import flag, switch
from tests.support.waiting import until

NEWER = {"attribute": "version", "op": "at_least", "values": ["1.4.0"], "missing": False}
DOCUMENTS = (
    switch("switch"),
    flag("text", {"x": "甲", "y": "乙"}, "x"),
    flag("whole", {"few": 3, "many": 30}, "many"),
    flag("broken", {"low": 1, "high": 1.5}, "low"),
    flag("thing", {"x": {"rows": [1, {"deep": None}], "title": "表"}}, "x"),
    switch("off", enabled=False),
    switch("newer", on=False, rules=[{"name": "新版", "when": [NEWER], "serve": {"variant": "on"}}]),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlagService]:
    with flag_service("sqlite", tmp_path_factory.mktemp("python"), *DOCUMENTS) as made:
        yield made


@pytest.fixture(params=["X-API-Key", "Authorization"])
def client(here: FlagService, request: pytest.FixtureRequest) -> Iterator[OpenFeatureClient]:
    shown = here.secret if request.param == "X-API-Key" else f"Bearer {here.secret}"
    provider = OFREPProvider(here.url, headers_factory=lambda: {request.param: shown})
    domain = uuid4().hex
    api.set_provider(provider, domain)
    yield api.get_client(domain)
    provider.session.close()
    api.clear_providers()


def test_every_type(client):
    assert client.get_boolean_value("switch", False) is True
    assert client.get_string_value("text", "?") == "甲"
    assert client.get_integer_value("whole", 0) == 30
    assert client.get_object_value("thing", {}) == {"rows": [1, {"deep": None}], "title": "表"}


def test_a_float_that_is_whole_is_a_float(client):
    found = client.get_float_details("broken", 0.0)
    assert (found.value, type(found.value), found.reason) == (1.0, float, Reason.STATIC)


def test_why_and_what_else_is_known(client, here):
    found = client.get_boolean_details("switch", False)
    assert (found.variant, found.reason, found.error_code) == ("on", Reason.STATIC, None)
    assert found.flag_metadata["flagSetId"] == "trial"
    assert found.flag_metadata["revision"] >= 1


def test_an_unknown_flag(client):
    found = client.get_boolean_details("unknown", True)
    assert (found.value, found.error_code, found.reason) == (True, ErrorCode.FLAG_NOT_FOUND, Reason.ERROR)
    assert found.error_message


def test_another_type_than_the_flags(client):
    found = client.get_string_details("switch", "default")
    assert (found.value, found.error_code) == ("default", ErrorCode.TYPE_MISMATCH)


def test_a_disabled_flag_leaves_it_to_the_code(client):
    for default in (True, False):
        found = client.get_boolean_details("off", default)
        assert (found.value, found.reason, found.error_code) == (default, Reason.DISABLED, None)


@pytest.mark.parametrize(
    ("attributes", "value", "reason"),
    [
        ({"version": "1.4.0"}, True, Reason.TARGETING_MATCH),
        ({"version": "1.10.0"}, True, Reason.TARGETING_MATCH),
        ({"version": "1.4.0-rc.1"}, False, Reason.DEFAULT),
        ({}, False, Reason.DEFAULT),
    ],
)
def test_the_context_decides(client, attributes, value, reason):
    found = client.get_boolean_details("newer", not value, EvaluationContext("wang", attributes))
    assert found.error_code is None
    assert found.value is value
    assert found.reason is reason


def test_a_publish_is_seen_afterwards(client, here):
    key = f"fresh-{uuid4().hex[:8]}"
    assert client.get_boolean_details(key, False).error_code is ErrorCode.FLAG_NOT_FOUND
    here.publish(switch(key))
    until(lambda: client.get_boolean_value(key, False), "the new flag")


def test_a_wrong_key_is_an_error_with_the_default(here):
    provider = OFREPProvider(here.url, headers_factory=lambda: {"X-API-Key": "sjf_nobody0000_x"})
    domain = uuid4().hex
    api.set_provider(provider, domain)
    found = api.get_client(domain).get_boolean_details("switch", False)
    assert (found.value, found.error_code, found.error_message) == (False, ErrorCode.GENERAL, "unauthorized")
    provider.session.close()
