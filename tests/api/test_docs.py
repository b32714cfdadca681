"""The API's own description: valid, in step with the views, and readable without scripts."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from docs.generate import openapi_document
from server.api.contract import Access
from server.api.http import Endpoint
from server.api.openapi import TAGS, document

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
WRITES = {"POST", "PUT", "DELETE"}
# A question whose words must not stand in an address.
QUESTIONS = {"/api/v1/receipts/lookup"}
# A word that says all by its address.
WORDLESS = {"/api/v1/tickets/<uuid:id>/confirmation"}


def api_rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")]


def endpoints(app):
    return [(rule, app.view_functions[rule.endpoint]) for rule in api_rules(app)]


def test_the_document_is_valid_and_served_with_an_etag(app, client):
    answer = client.get("/api/v1/openapi.json")
    validate(answer.json)
    assert answer.json == document(app)
    assert client.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_committed_document_is_the_generated_one():
    assert COMMITTED.read_text(encoding="utf-8") == openapi_document(), "make docs writes it"


def test_no_route_and_no_operation_has_vanished(app):
    before = json.loads(COMMITTED.read_text(encoding="utf-8"))["paths"]
    now = document(app)["paths"]
    assert {(path, method) for path in before for method in before[path]} <= {
        (path, method) for path in now for method in now[path]
    }


def test_every_view_declares_who_may_call_and_what_it_gives(app):
    for rule, view in endpoints(app):
        assert isinstance(view, Endpoint), rule
        contract = view.contract
        assert isinstance(contract.access, Access), rule
        assert contract.answer is not None or contract.status == 204, rule
        assert contract.summary, rule
        wanted = set(inspect.signature(view.view).parameters)
        given = {"actor"} | set(rule.arguments)
        given |= {"query"} if contract.query else set()
        given |= {"body"} if contract.body or contract.file_field else set()
        given |= {"file"} if contract.file_field else set()
        assert wanted <= given, f"{rule}: the view wants {wanted - given}"


def test_there_is_no_patch_and_every_post_has_a_key(app):
    for rule, view in endpoints(app):
        assert "PATCH" not in rule.methods, rule
        if "POST" in rule.methods and rule.rule not in QUESTIONS:
            assert view.contract.idempotency is not None, f"{rule}: @idempotent is missing"
            takes = view.contract.body is not None or view.contract.file_field or rule.rule in WORDLESS
            assert takes, f"{rule}: @takes is missing"


def test_whatever_writes_without_a_citizen_is_limited(app):
    for rule, view in endpoints(app):
        if rule.methods & WRITES and view.contract.access in (Access.OPEN, Access.OPTIONAL_CITIZEN):
            assert view.contract.limits, rule


def test_every_operation_is_named_once_and_spoken_of_in_chinese(app):
    made = document(app)
    operations = [operation for methods in made["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert {tag["name"] for tag in made["tags"]} <= set(TAGS)
    for operation in operations:
        assert re.search("[一-鿿]", operation["summary"]), operation["operationId"]


def test_the_page_runs_nothing_and_names_every_operation(app, client):
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for path in document(app)["paths"]:
        assert path in answer.text
    assert client.get("/api/v1/docs.css").content_type.startswith("text/css")


@pytest.mark.parametrize("method", ["PATCH", "TRACE"])
def test_methods_that_nobody_offers_are_refused(client, method):
    answer = client.open("/api/v1/me", method=method)
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
