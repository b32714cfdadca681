"""A pipeline pushes two versions with the real client; both sides lead them out, and the second one back.

Node runs deploy/ci/shijian-release.mjs as a vendor's CI host does; the bureau's steps go through the verbs of the console.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from server.core.db import reading, session, unit
from server.domain import contracts, identity, releases
from server.domain.identity import SCHEDULER, AuditEntry, Permission
from server.domain.releases import State, Step
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.releases import approver
from tests.support import town
from tests.support.databases import Database
from tests.support.live import live_service

CLIENT = Path(__file__).resolve().parents[2] / "deploy" / "ci" / "shijian-release.mjs"
NODE = shutil.which("node")
SHA = "0123456789abcdef0123456789abcdef01234567"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(NODE is None, reason="no Node here")]


@dataclass
class CI:
    """A CI host: a checkout, a token, a key, and the client."""

    url: str
    folder: Path
    contract: str
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        base = {"PATH": os.environ["PATH"], "SHIJIAN_URL": self.url, **self.environ, **environ}
        return subprocess.run(
            [str(NODE), str(CLIENT), *arguments],
            cwd=self.folder,
            env=base,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def build(self, version: str, notes: str) -> None:
        """What a build leaves in the checkout."""
        write = self.folder.joinpath
        write("package.json").write_text(json.dumps({"version": version}))
        write("project.config.json").write_text(json.dumps({"appid": "wx0123456789abcdef"}))
        write("shijian.release.json").write_text(json.dumps({"contract": self.contract, "privacy_version": 1}))
        write("CHANGELOG.md").write_text(
            f"# 更新\n\n## {version}\n\n{notes}\n\n## 0.9.0\n\n最初的版本。\n", encoding="utf-8"
        )
        write("upload.json").write_text(json.dumps({"subPackageInfo": [{"name": "__FULL__", "size": 1_250_331}]}))
        write("map.zip").write_bytes(f"the source map of {version}".encode() * 5000)

    def push(self, *more: str, **environ: str) -> subprocess.CompletedProcess[str]:
        usual = ("--sizes", "upload.json", "--map", "map.zip", "--key", "key.pem", "--git-sha", SHA)
        return self.run("push", *usual, *more, **environ)


@pytest.fixture
def ci(tmp_path: Path) -> Iterator[CI]:
    database = Database("sqlite", f"sqlite:///{tmp_path / 'story.db'}")
    with live_service(database, tmp_path / "data", rate_limits=False) as (app, url):
        made = town.found(app)
        folder = tmp_path / "checkout"
        folder.mkdir()
        with unit():
            holder = people.actor("tong")
            token = identity.issue_token(
                SCHEDULER,
                officer_id=holder.id,
                name="流水线",
                scopes=[Permission.RELEASE_PUSH, Permission.RELEASE_OPERATE, Permission.FLAG_VIEW],
                days=30,
                contract_id=made.mini_program,
            )
            contract = session().get_one(contracts.Contract, made.mini_program).number
        ci = CI(url, folder, contract, {"SHIJIAN_TOKEN": token.secret})
        issued = ci.run("keygen", "--out", "key.pem", "--json")
        assert issued.returncode == 0, issued.stderr
        with unit():
            pem = json.loads(issued.stdout)["public_key"]
            key = releases.add_key(people.actor("chen"), made.mini_program, name="流水线", public_key=pem)
            assert key.fingerprint == json.loads(issued.stdout)["fingerprint"]
        yield ci


def said(done: subprocess.CompletedProcess[str], code: int = 0) -> str:
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def bureau(version: str, step: Step, **data: Any) -> None:
    """A step that an officer of the bureau takes in the console."""
    with unit():
        release = releases.find_version(approver(), version)
        releases.take(approver(), release.id, step, seen=release.seq, **data)


def lead(ci: CI, version: str, *steps: tuple[str, ...]) -> None:
    """Through audit and approval, and what else is asked for."""
    for step in ("submit_audit", "pass_audit"):
        said(ci.run("step", step, "--version", version))
    bureau(version, Step.APPROVE, scope="in_contract", acceptance=["验收单 2026-018"])
    for name, *more in steps:
        said(ci.run("step", name, "--version", version, *more))


def test_push_replay_walk_and_roll_back(ci: CI) -> None:
    ci.build("1.4.1", "修复安卓端公告页打不开的问题。")
    assert "上传代码：已上传" in said(ci.push("--uploaded", "--save", "signed.json"))
    again = said(ci.run("push", "--from", "signed.json", "--json"))
    resigned = said(ci.push("--json", "--built-at", "2026-01-01T08:00:00+08:00"))
    ids = {json.loads(each)["release"]["id"] for each in (again, resigned)}
    assert len(ids) == 1
    assert json.loads(resigned)["created"] is False
    lead(ci, "1.4.1", ("full",))

    ci.build("1.4.2", "新增企业年报查询。")
    said(ci.push("--uploaded"))
    assert "须" not in said(ci.run("status"))
    refused = said(ci.run("step", "gray", "--percent", "10"), 4)
    assert "release_state" in refused
    lead(ci, "1.4.2", ("gray", "--percent", "10"), ("gray", "--percent", "50"), ("full",))
    assert config(ci)["latest"] == "1.4.2"
    assert served(ci, "1.4.2") == (200, None)

    bureau("1.4.2", Step.ROLL_BACK, reason="首页打不开")
    assert (config(ci)["latest"], config(ci)["blocked"]) == ("1.4.1", ["1.4.2"])
    assert served(ci, "1.4.2") == (426, "version_blocked")
    assert served(ci, "1.4.1") == (200, None)
    with reading():
        back, live = (releases.find_version(approver(), version) for version in ("1.4.2", "1.4.1"))
        assert (back.state, live.state) == (State.ROLLED_BACK, State.FULL)
        assert b"".join(releases.source_map_of("1.4.2")).startswith(b"the source map of 1.4.2")
        steps = [event.step.value for event in releases.events_of(back) if event.step and event.kind == "done"]
    assert steps == ["register", "upload", "submit_audit", "pass_audit", "approve", "gray", "gray", "full", "roll_back"]


def test_what_is_refused_has_its_exit_code_and_its_trace(ci: CI) -> None:
    ci.build("1.4.2", "修复安卓端公告页打不开的问题。")
    said(ci.push())
    assert "version_backwards" in said(ci.push("--version", "1.4.1", "--changelog", "CHANGELOG.md"), 4)
    assert "version_taken" in said(ci.push("--robot", "7"), 4)
    ci.build("1.4.3", "fixed")
    assert "changelog" in said(ci.push(), 4)
    said(ci.run("keygen", "--out", "other.pem"))
    ci.build("1.4.3", "修复。")
    assert "manifest_key" in said(ci.push("--key", "other.pem"), 4)
    assert "bad_token" in said(ci.push(SHIJIAN_TOKEN="sj_0000000000_x"), 5)
    said(ci.run("step", "approve", "--version", "1.4.2"), 5)
    said(ci.push("--sizes", "nowhere.json"), 3)
    said(ci.push("--no-such-option"), 2)
    said(ci.run("flags", "release", "--out", "flags.json"))
    assert "没有变化" in said(ci.run("flags", "release", "--out", "flags.json"))
    with reading():
        trail = session().query(AuditEntry).filter(AuditEntry.result == "refused").order_by(AuditEntry.id).all()
        assert [entry.action for entry in trail] == ["release.refused"] * 4 + ["vendor_api.refused"]


def test_a_service_that_is_away_is_tried_again_and_told(ci: CI) -> None:
    ci.build("1.4.2", "修复。")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    told = said(ci.push("--retries", "1", SHIJIAN_URL=nobody), 6)
    assert "后重试（1/1）" in told


def config(ci: CI) -> dict[str, Any]:
    versions: dict[str, Any] = requests.get(f"{ci.url}/api/v1/config", timeout=30).json()["versions"]
    return versions


def served(ci: CI, version: str) -> tuple[int, str | None]:
    """How a citizen's phone with this version is answered."""
    with unit():
        headers = citizens.bearer("wang") | {"X-App-Version": version}
    answer = requests.get(f"{ci.url}/api/v1/me", headers=headers, timeout=30)
    return answer.status_code, answer.json().get("code")
