"""Releases for tests: a vendor's signing key, manifests as its pipeline writes them, and releases walked to a state.

唐 (tang) pushes and operates for the vendor of the mini program; 周 (zhou) approves for the bureau.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.core import clock
from server.domain import releases
from server.domain.contracts import Contract
from server.domain.identity import SCHEDULER, Actor, Role
from server.domain.releases import Release, ReleaseKey, Scope, State, Step
from tests.factories import contracts as papers
from tests.factories import identity as people

APPID = "wx0123456789abcdef"
MAP = b'{"version":3,"sources":["app.js"],"mappings":"AAAA"}'
CONTEXT = b"shijian-manifest-v1\n"
# The shortest way to each state, from registration.
WAY: dict[State, tuple[Step, ...]] = {
    State.REGISTERED: (),
    State.UPLOADED: (Step.UPLOAD,),
    State.IN_AUDIT: (Step.UPLOAD, Step.SUBMIT_AUDIT),
    State.AUDIT_REJECTED: (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.REJECT_AUDIT),
    State.AUDIT_PASSED: (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT),
    State.APPROVED: (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT, Step.APPROVE),
    State.REFUSED: (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT, Step.REFUSE),
    State.GRAY: (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT, Step.APPROVE, Step.GRAY),
    State.FULL: (Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT, Step.APPROVE, Step.FULL),
    State.WITHDRAWN: (Step.WITHDRAW,),
}
SAID: dict[Step, dict[str, Any]] = {
    Step.UNDO_AUDIT: {"reason": "发现问题"},
    Step.REJECT_AUDIT: {"reason": "类目不符"},
    Step.APPROVE: {"scope": Scope.IN_CONTRACT, "acceptance": ["验收单 2026-018"]},
    Step.REFUSE: {"reason": "功能未验收"},
    Step.GRAY: {"percent": 10},
    Step.STOP_GRAY: {"reason": "发现问题"},
    Step.ROLL_BACK: {"reason": "首页打不开"},
    Step.ACCEPT: {"acceptance": ["验收单 2026-019"]},
    Step.WITHDRAW: {"reason": "不再发布"},
}


@dataclass(frozen=True)
class Pipeline:
    """A vendor's CI: its contract, its key, and the person whose token it holds."""

    contract: Contract
    private: Ed25519PrivateKey
    key: ReleaseKey
    actor: Actor

    def manifest(self, version: str = "1.4.2", **changes: Any) -> dict[str, Any]:
        """What the pipeline says of a version."""
        now = changes.pop("now", clock.now())
        said: dict[str, Any] = {
            "format": "shijian-manifest/1",
            "appid": APPID,
            "contract": self.contract.number,
            "version": version,
            "git_sha": hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest(),
            "robot": 1,
            "built_at": _spelled(now),
            "signed_at": _spelled(now),
            "sizes": {"__FULL__": 1_250_331, "__APP__": 803_221},
            "source_map": {"sha256": hashlib.sha256(MAP).hexdigest(), "size": len(MAP)},
            "changelog": "修复安卓端公告页打不开的问题。",
            "flags": {"introduced": [], "retired": []},
            "privacy_version": None,
            "tickets": [],
        }
        return said | changes

    def signed(self, manifest: dict[str, Any] | bytes) -> tuple[bytes, bytes]:
        """The bytes that are sent, and their signature."""
        raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        return raw, self.private.sign(CONTEXT + raw)

    def push(
        self, version: str = "1.4.2", *, ticket_ids: dict[str, uuid.UUID] | None = None, **changes: Any
    ) -> releases.Pushed:
        """Push a version through the door."""
        raw, signature = self.signed(self.manifest(version, **changes))
        return releases.push(self.actor, raw, signature, self.key.fingerprint, ticket_ids=ticket_ids or {})


def pem(private: Ed25519PrivateKey) -> str:
    """The public half, as people paste it."""
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def pipeline(contract: Contract | None = None, *, login: str = "tang") -> Pipeline:
    """A pipeline with a registered key; the contract is the mini program's."""
    contract = contract or papers.contract_a()
    private = Ed25519PrivateKey.generate()
    key = releases.add_key(SCHEDULER, contract.id, name="流水线", public_key=pem(private))
    actor = people.actor(login, roles=[Role.VENDOR_MANAGER], contract_id=contract.id)
    return Pipeline(contract, private, key, actor)


def approver() -> Actor:
    """Who approves for the bureau."""
    return people.actor("zhou")


def step(made: Pipeline, release: Release, which: Step, *, by: Actor | None = None, **data: Any) -> Release:
    """Take a step as the party whose it is."""
    bureau = which in (Step.APPROVE, Step.REFUSE, Step.ACCEPT)
    actor = by or (approver() if bureau else made.actor)
    return releases.take(actor, release.id, which, seen=release.seq, **(SAID.get(which, {}) | data))


def walked(made: Pipeline, version: str, state: State, **changes: Any) -> Release:
    """A release pushed and walked to a state by the right people."""
    release = made.push(version, **changes).release
    for which in WAY[state]:
        step(made, release, which)
    return release


def _spelled(moment: datetime) -> str:
    return clock.to_local(moment).isoformat(timespec="seconds")
