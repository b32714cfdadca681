"""The pipeline's face: what it may do, what hostile callers get, and that every refusal leaves its trace."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from server.core import clock
from server.domain import identity, releases
from server.domain.identity import SCHEDULER, AuditEntry, Permission, Role
from server.domain.releases import Release
from server.gateways import storage
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.releases import MAP, Pipeline, pem, pipeline
from tests.factories.tickets import ticket

URL = "/api/vendor/v1"


@pytest.fixture
def made(session) -> Pipeline:
    return pipeline()


def bearer(made: Pipeline, *scopes: Permission, contract_id: uuid.UUID | None = None) -> dict[str, str]:
    issued = identity.issue_token(
        SCHEDULER,
        officer_id=made.actor.id,
        name="流水线",
        scopes=list(scopes) or [Permission.RELEASE_PUSH, Permission.RELEASE_OPERATE, Permission.FLAG_VIEW],
        days=30,
        contract_id=contract_id or made.contract.id,
    )
    return {"Authorization": f"Bearer {issued.secret}"}


@pytest.fixture
def headers(made):
    people.officer("flagger", roles=[Role.VENDOR_MANAGER], contract_id=made.contract.id)
    return bearer(made)


def push(client, made, headers, manifest=None, *, raw=None, signature=None, key=None, idempotency=None, **changes):
    bytes_, signed = made.signed(raw if raw is not None else (manifest or made.manifest(**changes)))
    body = {
        "manifest": bytes_.decode("utf-8", "surrogateescape"),
        "signature": base64.b64encode(signed).decode() if signature is None else signature,
        "key": key or made.key.fingerprint,
    }
    return client.post(
        f"{URL}/releases", json=body, headers=headers | {"Idempotency-Key": idempotency or uuid.uuid4().hex}
    )


def refusals(session) -> list[AuditEntry]:
    session.expire_all()
    return session.query(AuditEntry).filter(AuditEntry.result == "refused").order_by(AuditEntry.id).all()


def put_map(client, headers, release_id, data=MAP, **more):
    return client.put(f"{URL}/releases/{release_id}/source-map", data=data, headers=headers, **more)


def test_a_push_registers_a_version(client, made, headers, session):
    number = ticket(contract_id=made.contract.id).number
    answer = push(client, made, headers, tickets=[number])
    assert answer.status_code == 200, answer.json
    body = answer.json
    assert (body["created"], body["release"]["state"], body["source_map_needed"]) == (True, "registered", True)
    release = session.query(Release).one()
    assert [row.number for row in releases.tickets_of([release.id])[release.id]] == [number]
    entry = session.query(AuditEntry).filter_by(action="release.register").one()
    assert (entry.actor_kind.value, entry.subject_id) == ("token", str(release.id))


def test_the_same_key_gives_the_same_answer_and_the_same_content_the_same_release(client, made, headers, session):
    manifest = made.manifest()
    first = push(client, made, headers, manifest, idempotency="build-1")
    again = push(client, made, headers, manifest, idempotency="build-1")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    resigned = push(client, made, headers, manifest | {"signed_at": manifest["signed_at"]}, idempotency="build-2")
    assert (resigned.json["created"], resigned.json["release"]["id"]) == (False, first.json["release"]["id"])
    assert session.query(Release).count() == 1


def test_the_source_map_comes_once_and_is_kept(client, made, headers, session):
    release_id = push(client, made, headers).json["release"]["id"]
    for _ in range(2):
        answer = put_map(client, headers, release_id)
        assert (answer.status_code, answer.json["sha256"]) == (200, hashlib.sha256(MAP).hexdigest())
    assert b"".join(releases.source_map_of("1.4.2")) == MAP
    release = session.get(Release, uuid.UUID(release_id))
    assert [event.kind.value for event in releases.events_of(release)] == ["done", "map_kept"]


def test_upload_is_the_pipelines_step_and_approval_is_not(client, made, headers):
    release_id = push(client, made, headers).json["release"]["id"]

    def step(name, **more):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return client.post(f"{URL}/releases/{release_id}/steps", json={"step": name, **more}, headers=headers | key)

    done = step("upload", note="robot 1")
    assert (done.status_code, done.json["release"]["state"]) == (200, "uploaded")
    assert step("upload", seen=1).json["code"] == "release_changed"
    assert step("upload").json["code"] == "release_state"
    assert step("approve").status_code == 403
    assert step("submit_audit", percent=3).json["errors"] == {"percent": ["此操作没有这个字段。"]}
    shown = client.get(f"{URL}/releases/{release_id}", headers=headers).json
    assert {offer["step"] for offer in shown["offers"]} >= {"submit_audit", "set_trial", "withdraw"}
    assert not {"approve", "refuse", "accept"} & {offer["step"] for offer in shown["offers"]}
    assert {check["key"] for check in shown["checklist"]} >= {"source_map", "privacy", "approval", "way_back"}


def test_a_pusher_token_may_push_and_upload_only(client, made):
    headers = bearer(made, Permission.RELEASE_PUSH)
    release_id = push(client, made, headers).json["release"]["id"]
    key = {"Idempotency-Key": "x"}
    for step in ("submit_audit", "gray", "roll_back"):
        answer = client.post(f"{URL}/releases/{release_id}/steps", json={"step": step}, headers=headers | key)
        assert answer.status_code == 403
    assert client.get(f"{URL}/flags/release", headers=headers).status_code == 403


def test_without_a_token_nothing(client, made):
    assert client.get(f"{URL}/releases").status_code == 401
    assert push(client, made, {}).status_code == 401


def test_another_vendors_token_sees_nothing_and_pushes_nothing(client, made, headers, session):
    release_id = push(client, made, headers).json["release"]["id"]
    other = papers.contract_b()
    stranger = people.officer("bai", roles=[Role.VENDOR_MANAGER], contract_id=other.id)
    theirs = identity.issue_token(
        SCHEDULER, officer_id=stranger.id, name="x", scopes=[Permission.RELEASE_PUSH], days=3, contract_id=other.id
    )
    foreign = {"Authorization": f"Bearer {theirs.secret}"}
    assert client.get(f"{URL}/releases", headers=foreign).json["items"] == []
    assert client.get(f"{URL}/releases/{release_id}", headers=foreign).status_code == 404
    assert put_map(client, foreign, release_id).status_code == 404
    answer = push(client, made, foreign, version="1.4.3")
    assert (answer.status_code, answer.json["code"]) == (422, "manifest_key")
    assert "key" in answer.json["errors"]


HOSTILE = [
    ("signature", "manifest_signature", {"signature": base64.b64encode(b"0" * 64).decode()}),
    ("signature", "manifest_signature", {"signature": "no base64!"}),
    ("key", "manifest_key", {"key": "0" * 64}),
    ("appid", "manifest_refused", {"appid": "wxffffffffffffffff"}),
    ("contract", "manifest_refused", {"contract": "HT-0000-99"}),
    ("signed_at", "manifest_stale", {"hours": -2}),
    ("signed_at", "manifest_stale", {"hours": 2}),
    ("built_at", "manifest_refused", {"built_at": "2030-01-01T00:00:00Z"}),
    ("built_at", "manifest_refused", {"built_at": "2026-11-20T09:30:00"}),
    ("version", "manifest_refused", {"version": "1.4"}),
    ("version", "manifest_refused", {"version": "v1.4.2"}),
    ("git_sha", "manifest_refused", {"git_sha": "abc"}),
    ("robot", "manifest_refused", {"robot": 31}),
    ("robot", "manifest_refused", {"robot": True}),
    ("sizes", "manifest_refused", {"sizes": {"__FULL__": -1}}),
    ("source_map", "manifest_refused", {"source_map": {"sha256": "xyz", "size": 1}}),
    ("changelog", "manifest_refused", {"changelog": "fixed a bug"}),
    ("changelog", "manifest_refused", {"changelog": "修复\u0007响铃"}),
    ("changelog", "manifest_refused", {"changelog": "修复\u202e倒序"}),
    ("changelog", "manifest_refused", {"changelog": "修" * 5000}),
    ("flags.retired", "manifest_refused", {"flags": {"introduced": [], "retired": ["no-such-flag"]}}),
    ("flags", "manifest_refused", {"flags": {"introduced": ["a"], "retired": ["a"]}}),
    ("flags.introduced", "manifest_refused", {"flags": {"introduced": ["有空格"], "retired": []}}),
    ("tickets", "manifest_refused", {"tickets": ["FW-2026-9999"]}),
    ("privacy_version", "manifest_refused", {"privacy_version": "1"}),
    ("_", "manifest_refused", {"多余": 1}),
    ("extra", "manifest_refused", {"extra": 1}),
    ("format", "manifest_refused", {"format": "shijian-manifest/2"}),
    ("manifest", "manifest_refused", {"raw": b"[1, 2]"}),
    ("manifest", "manifest_refused", {"raw": b'{"a": 1, "a": 2}'}),
    ("manifest", "manifest_refused", {"raw": b'{"a": NaN}'}),
    ("manifest", "manifest_refused", {"raw": b"[" * 20_000}),
    ("manifest", "manifest_refused", {"raw": b'{"a":' * 500 + b"1" + b"}" * 500}),
    ("manifest", "manifest_refused", {"raw": b'{"a": "' + b"x" * 70_000 + b'"}'}),
    ("manifest", "manifest_refused", {"raw": b'{"a": ' + b"1" * 5000 + b"}"}),
    ("git_sha", "manifest_refused", {"git_sha": "\ud800"}),
]


@pytest.mark.parametrize(("field", "code", "change"), HOSTILE)
def test_a_hostile_manifest_is_refused_with_its_fields_and_recorded(
    client, made, headers, session, field, code, change
):
    given = dict(change)
    if "hours" in given:
        given["now"] = clock.now() + timedelta(hours=given.pop("hours"))
    answer = push(client, made, headers, **given)
    assert (answer.status_code, answer.json["code"]) == (422, code), answer.json
    assert field in answer.json["errors"], answer.json["errors"]
    assert session.query(Release).count() == 0
    (entry,) = refusals(session)
    assert (entry.action, entry.actor_kind.value) == ("release.refused", "token")
    assert field in entry.summary


def test_a_revoked_key_signs_nothing_more(client, made, headers, session):
    releases.revoke_key(people.actor("chen"), made.key.id, reason="人员离职")
    answer = push(client, made, headers)
    assert (answer.json["code"], answer.json["errors"]["key"]) == ("manifest_key", ["这个公钥已被撤销。"])
    assert len(refusals(session)) == 1


def test_an_old_manifest_is_not_taken_again(client, made, headers, session):
    import time_machine

    manifest = made.manifest()
    assert push(client, made, headers, manifest).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        answer = push(client, made, headers, manifest)
    assert answer.json["code"] == "manifest_replayed"
    assert len(refusals(session)) == 1


def test_versions_go_forward_only_and_mean_one_thing(client, made, headers, session):
    assert push(client, made, headers, version="1.4.2-rc.2").status_code == 200
    for version, code in (
        ("1.4.2-rc.1", "version_backwards"),
        ("1.4.1", "version_backwards"),
        ("1.3.9", "version_backwards"),
    ):
        assert push(client, made, headers, version=version).json["code"] == code
    assert push(client, made, headers, version="1.4.2-rc.10").status_code == 200
    assert push(client, made, headers, version="1.4.2").status_code == 200
    assert push(client, made, headers, version="1.4.2-rc.11").json["code"] == "version_backwards"
    other = push(client, made, headers, version="1.4.2", changelog="另一份内容。")
    assert (other.status_code, other.json["code"]) == (422, "version_taken")
    assert len(refusals(session)) == 5


def test_a_flag_is_introduced_once(client, made, headers):
    flags = {"introduced": ["new-search"], "retired": []}
    first = push(client, made, headers, version="1.4.2", flags=flags)
    assert any("new-search" in warning for warning in first.json["warnings"])
    second = push(client, made, headers, version="1.4.3", flags=flags)
    assert "1.4.2" in second.json["errors"]["flags.introduced"][0]


def test_a_privacy_notice_that_moved_on_is_a_warning_at_push(client, made, headers):
    from tests.factories.citizens import privacy_notice

    privacy_notice()
    assert any("隐私" in warning for warning in push(client, made, headers).json["warnings"])


def test_a_body_that_is_no_push_is_recorded_as_well(client, made, headers, session):
    key = {"Idempotency-Key": "x"}
    bad = client.post(f"{URL}/releases", json={"manifest": 3}, headers=headers | key)
    huge = client.post(f"{URL}/releases", data=b"x" * 300_000, headers=headers | key, content_type="application/json")
    utf8 = client.post(
        f"{URL}/releases", data=b'{"manifest":"\xff"}', headers=headers | key, content_type="application/json"
    )
    assert (bad.status_code, huge.status_code, utf8.status_code) == (422, 413, 400)
    assert [entry.action for entry in refusals(session)] == ["vendor_api.refused"] * 3


def stored() -> list[Path]:
    return [path for path in storage.contents().root.rglob("*") if path.is_file()]


def test_a_map_that_is_not_the_announced_one_leaves_nothing(client, made, headers, session):
    before = stored()
    release_id = push(client, made, headers, source_map={"sha256": "0" * 64, "size": len(MAP)}).json["release"]["id"]
    cases = [
        (MAP, {}),
        (MAP + b"x", {}),
        (b"", {}),
        # no length announced: counted while it comes
        (
            None,
            {"input_stream": io.BytesIO(MAP + b"x" * 200_000), "environ_overrides": {"wsgi.input_terminated": True}},
        ),
    ]
    for data, more in cases:
        answer = put_map(client, headers, release_id, data=data, **more)
        assert (answer.status_code, answer.json["code"]) == (422, "source_map_refused"), answer.json
        assert "source_map" in answer.json["errors"]
    assert stored() == before
    assert [entry.action for entry in refusals(session)] == ["release.map_refused"] * len(cases)


class Endless(io.RawIOBase):
    """A body that counts how much of it was read."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def environ(self, **more: str | bool) -> dict[str, object]:
        return {"wsgi.input": self, **more}

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.read_bytes += len(buffer)
        return len(buffer)


def test_a_hundred_megabytes_are_refused_before_they_are_read(client, made, headers, session):
    release_id = push(client, made, headers).json["release"]["id"]
    body = Endless()
    announced = body.environ(CONTENT_LENGTH=str(100 * 1024 * 1024))
    answer = put_map(client, headers, release_id, data=None, environ_overrides=announced)
    assert (answer.status_code, answer.json["code"], body.read_bytes) == (422, "source_map_too_large", 0)
    endless = Endless()
    unannounced = endless.environ(**{"wsgi.input_terminated": True})
    chunked = put_map(client, headers, release_id, data=None, environ_overrides=unannounced)
    assert (chunked.status_code, chunked.json["code"]) == (422, "source_map_refused")
    assert endless.read_bytes < 1024 * 1024
    declared = made.manifest("1.4.3") | {"source_map": {"sha256": "0" * 64, "size": 100 * 1024 * 1024}}
    other = push(client, made, headers, declared).json["release"]["id"]
    assert put_map(client, headers, other).json["code"] == "source_map_too_large"


def test_a_version_without_a_map_takes_none(client, made, headers):
    release_id = push(client, made, headers, source_map=None).json["release"]["id"]
    assert put_map(client, headers, release_id).json["errors"]["source_map"] == ["清单没有声明源码映射。"]


def test_the_list_is_paged_and_costs_the_same_for_many(client, made, headers, queries):
    for number in range(3):
        push(client, made, headers, version=f"1.4.{number}")
    page = client.get(f"{URL}/releases?limit=2", headers=headers).json
    assert [row["version"] for row in page["items"]] == ["1.4.2", "1.4.1"]
    rest = client.get(f"{URL}/releases?limit=2&cursor={page['next']}", headers=headers).json
    assert ([row["version"] for row in rest["items"]], rest["next"]) == (["1.4.0"], None)
    one = client.get(f"{URL}/releases?version=1.4.1", headers=headers).json["items"]
    assert [row["version"] for row in one] == ["1.4.1"]
    with queries() as seen:
        client.get(f"{URL}/releases", headers=headers)
    assert len(seen) <= 5, seen


def test_flags_are_exported_with_an_etag(client, made, headers):
    answer = client.get(f"{URL}/flags/trial", headers=headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["metadata"]["flagSetId"] == "trial"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"{URL}/flags/trial", headers=headers | tag).status_code == 304
    assert client.get(f"{URL}/flags/nowhere", headers=headers).status_code == 404


@pytest.mark.parametrize("text", ["", "x", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_what_is_no_key_is_not_entered(made, text):
    from server.core.errors import Invalid

    with pytest.raises(Invalid) as refused:
        releases.add_key(SCHEDULER, made.contract.id, name="k", public_key=text)
    assert "public_key" in refused.value.fields


def test_a_key_is_entered_once(made):
    with pytest.raises(releases.KeyTaken):
        releases.add_key(SCHEDULER, made.contract.id, name="again", public_key=pem(made.private))
