"""OFREP's document against the service, by schemathesis and all its checks, without chance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from server.core.db import unit
from server.domain import identity
from server.domain.flags import Environment
from server.domain.identity import ANONYMOUS
from tests.factories.flags import flag_document
from tests.support import town
from tests.support.databases import Database
from tests.support.flag_sets import flag, key_for, publish, switch
from tests.support.live import live_service

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "ofrep.json"
LIFETIMES = identity.Lifetimes(access=timedelta(hours=2), refresh=timedelta(days=30))
EXAMPLES = "60"
NEWER = {"attribute": "version", "op": "at_least", "values": ["1.4.0"], "missing": False}
SHARED = {"name": "灰度", "when": [], "serve": {"split": [["on", 2500], ["off", 7500]], "by": "targetingKey"}}
DOCUMENTS = (
    switch("new-search", rules=[{"name": "新版", "when": [NEWER], "serve": {"variant": "on"}}, SHARED]),
    flag("text", {"x": "甲"}, "x"),
    flag("number", {"low": 1, "high": 1.5}, "low"),
    flag("thing", {"x": {"a": [1, None]}}, "x"),
    switch("off", enabled=False),
    flag_document("code", default=None, rules=[SHARED]),
    switch("bad", targeting={"if": [{"var": "targetingKey"}, "no-such-variant", "on"]}),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ofrep")


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The service's address, and the headers of each sort of caller."""
    database = Database("sqlite", f"sqlite:///{folder / 'ofrep.db'}")
    with live_service(database, folder, rate_limits=False) as (app, url):
        town.found(app)
        with unit():
            for environment in Environment:
                publish(environment, *DOCUMENTS)
            secret = key_for(Environment.TRIAL)
            tokens = identity.sign_in_citizen(ANONYMOUS, openid="openid-of-wang", lifetimes=LIFETIMES)
        callers = {
            "client key": f"X-API-Key: {secret}",
            "client key as bearer": f"Authorization: Bearer {secret}",
            "citizen": f"Authorization: Bearer {tokens.access}",
        }
        yield url, callers


@pytest.mark.parametrize("caller", ["client key", "client key as bearer", "citizen"])
def test_the_document_against_the_service(serving, folder, caller):
    url, callers = serving
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(DOCUMENT), "--url", url, "-H", callers[caller]]
    options = ["--max-examples", EXAMPLES, "--generation-deterministic", "--no-color", "--checks", "all"]
    done = subprocess.run(
        [*command, *options, "--suppress-health-check", "all", "--warnings", "off"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-12000:]}\n{done.stderr[-2000:]}"
    assert "Tested: 0" not in done.stdout


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        ({"value": True, "reason": "STATIC"}, True),
        ({"value": {"a": [1]}, "reason": "TARGETING_MATCH"}, True),
        ({"value": 1.5, "reason": "DEFAULT"}, True),
        ({"reason": "DISABLED"}, True),
        ({"reason": "DEFAULT"}, True),
        ({"value": None, "reason": "STATIC"}, False),
        ({"value": True, "reason": "DISABLED"}, False),
        ({"value": True, "reason": "STATIC", "errorCode": "GENERAL"}, False),
        ({"reason": "STATIC"}, False),
        ({"value": True, "reason": "PREREQUISITE_FAILED"}, False),
    ],
    ids=str,
)
def test_exactly_one_shape_fits_what_a_flag_comes_to(entry, fits):
    """The published description's ``oneOf`` fits no flag that has a value."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/Evaluated", "components": document["components"]}
    whole = {"key": "x", "variant": "on", "metadata": {}} | entry
    assert jsonschema.Draft202012Validator(schema).is_valid(whole) is fits
