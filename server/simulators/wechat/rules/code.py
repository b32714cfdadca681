"""Code management: uploaded, audited, gray, live, rolled back (wechat.md §2.1), whoever does it.

A platform does it by calls, an owner by clicks in WeChat's console; both walk the same states here.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.config import Config
from server.simulators.wechat.errors import WxError

APPROVED, REJECTED, PENDING, WITHDRAWN, DELAYED = range(5)
VERDICTS = {"approved": APPROVED, "rejected": REJECTED, "delayed": DELAYED}
EVENTS = {APPROVED: "weapp_audit_success", REJECTED: "weapp_audit_fail", DELAYED: "weapp_audit_delay"}
NO_PLAN, RUNNING, PAUSED, FINISHED, DELETED = range(5)
UNDOS_A_DAY, UNDOS_A_MONTH = 5, 10
SUBMITS_A_MONTH, SPEEDUPS_A_MONTH = 20, 1
HISTORY = 5
TEMPLATES = 50
WHOLE = 100


@dataclass(slots=True)
class Version:
    """One upload. ``app_version`` is the number in the Referer once it is live; submitting for audit gives it."""

    user_version: str
    user_desc: str
    at: float
    app_version: int = 0


@dataclass(slots=True)
class Audit:
    """One submission. A decided one that went out is ``released``."""

    auditid: int
    version: Version
    at: float
    status: int = PENDING
    reason: str = ""
    screenshot: str = ""
    sped_up: bool = False
    released: bool = False

    @property
    def open(self) -> bool:
        """Whether WeChat still has to say something."""
        return self.status in {PENDING, DELAYED}


class Code:
    """The versions of one mini program; ``tell`` pushes an audit's verdict."""

    def __init__(self, config: Config, clock: Clock, tell: Callable[[str, dict[str, Any]], Any]) -> None:
        self._clock = clock
        self._tell = tell
        self._last_number = config.build
        self._counted: dict[tuple[str, str], int] = {}
        self.limits = {"submit": SUBMITS_A_MONTH, "speedup": SPEEDUPS_A_MONTH}
        self.live: Version | None = Version(config.app_version, "线上版本", clock.now(), config.build)
        self.history: list[Version] = []
        self.experience: Version | None = None
        self.audits: list[Audit] = []
        self.gray: Version | None = None
        self.plan: dict[str, Any] = {"status": NO_PLAN, "gray_percentage": 0}
        self.visible = True
        self.support_version = "2.10.0"
        self.drafts: list[dict[str, Any]] = []
        self.templates: list[dict[str, Any]] = []
        self._next_template = 0

    # what comes in

    def draft(self, user_version: str, user_desc: str) -> dict[str, Any]:
        """miniprogram-ci uploaded with the bound development app: the platform's box of drafts."""
        row: dict[str, Any] = {"draft_id": self._next_id(), "create_time": self._clock.stamp()}
        row |= {"user_version": user_version, "user_desc": user_desc}
        self.drafts.append(row)
        return row

    def keep_template(self, draft_id: object) -> dict[str, Any]:
        """A draft becomes a template (85064, 85065)."""
        found = next((row for row in self.drafts if row["draft_id"] == draft_id), None)
        if found is None:
            raise WxError(85064)
        if len(self.templates) >= TEMPLATES:
            raise WxError(85065)
        self.drafts.remove(found)
        row = {key: value for key, value in found.items() if key != "draft_id"}
        row |= {"template_id": self._next_id(), "create_time": self._clock.stamp()}
        self.templates.append(row)
        return row

    def drop_template(self, template_id: object) -> None:
        """85064 when there is none."""
        if not any(row["template_id"] == template_id for row in self.templates):
            raise WxError(85064)
        self.templates = [row for row in self.templates if row["template_id"] != template_id]

    def upload(self, user_version: str, user_desc: str) -> Version:
        """The trial version from now on (commit, or an upload with the owner's key)."""
        self.experience = Version(user_version, user_desc, self._clock.now())
        return self.experience

    # the audit

    @property
    def latest(self) -> Audit | None:
        """The last submission."""
        return self.audits[-1] if self.audits else None

    def audit(self, auditid: object) -> Audit:
        """85012 for an unknown one."""
        found = next((audit for audit in self.audits if str(audit.auditid) == str(auditid)), None)
        if found is None:
            raise WxError(85012)
        return found

    def submit(self) -> Audit:
        """86001 with nothing uploaded, 85009 while another one waits, 85085 when the month is used up."""
        if self.experience is None:
            raise WxError(86001)
        if self.latest is not None and self.latest.open:
            raise WxError(85009)
        if self.left("submit") <= 0:
            raise WxError(85085)
        self._count("submit")
        self._last_number += 1
        self.experience.app_version = self._last_number
        self.audits.append(Audit(430_000_000 + len(self.audits) + 1, self.experience, self._clock.now()))
        return self.audits[-1]

    def decide(self, verdict: str, *, auditid: object = None, reason: str = "", screenshot: str = "") -> Audit:
        """WeChat's people decide; the push follows. 85019 when nothing waits."""
        if verdict not in VERDICTS:
            raise ValueError(f"verdict is one of {', '.join(VERDICTS)}")
        audit = self.latest if auditid is None else self.audit(auditid)
        if audit is None or not audit.open:
            raise WxError(85019)
        audit.status, audit.reason, audit.screenshot = VERDICTS[verdict], reason, screenshot
        stamp = self._clock.stamp()
        fields: dict[int, dict[str, Any]] = {
            APPROVED: {"SuccTime": stamp},
            REJECTED: {"Reason": reason, "FailTime": stamp, "ScreenShot": screenshot},
            DELAYED: {"Reason": reason, "DelayTime": stamp},
        }
        self._tell(EVENTS[audit.status], fields[audit.status])
        return audit

    def undo(self) -> Audit:
        """85019 when nothing waits; 87013 from the sixth time a day, the eleventh a month."""
        audit = self.latest
        if audit is None or not audit.open:
            raise WxError(85019)
        if self.used("undo") >= UNDOS_A_MONTH or self.used("undo", daily=True) >= UNDOS_A_DAY:
            raise WxError(87013)
        self._count("undo")
        audit.status = WITHDRAWN
        return audit

    def speed_up(self, auditid: object) -> None:
        """89402 when it does not wait, 89404 the second time, 89405 when the month is used up."""
        audit = self.audit(auditid)
        if not audit.open:
            raise WxError(89402)
        if audit.sped_up:
            raise WxError(89404)
        if self.left("speedup") <= 0:
            raise WxError(89405)
        self._count("speedup")
        audit.sped_up = True

    # going out and coming back

    def release(self) -> Version:
        """To everybody: 85019 never submitted, 85052 out already, 85020 not approved.

        While another version is in audit, the one that is gray can still be given to everybody.
        """
        audit = self.latest
        if audit is not None and audit.status != APPROVED and self.gray is not None:
            audit = next(each for each in self.audits if each.version is self.gray)
        if audit is None:
            raise WxError(85019)
        if audit.released:
            raise WxError(85052)
        if audit.status != APPROVED:
            raise WxError(85020)
        if self.gray is not None:
            self.plan |= {"status": FINISHED, "gray_percentage": WHOLE}
        audit.released, self.gray = True, None
        return self._go_live(audit.version)

    def grow(self, percentage: object, *, members: dict[str, bool] | None = None) -> dict[str, Any]:
        """Gray: 85079 nothing live, 85080 not approved, 85081 no percentage, 85082 not more than now."""
        members = members or {}
        if self.live is None:
            raise WxError(85079)
        audit = self.latest
        fresh = audit is not None and audit.status == APPROVED and not audit.released
        if audit is None or not (fresh or self.gray is not None):
            raise WxError(85080)
        if type(percentage) is not int or not 0 <= percentage <= WHOLE or not (percentage or any(members.values())):
            raise WxError(85081)
        if self.gray is not None and percentage <= self.plan["gray_percentage"]:
            raise WxError(85082)
        begun = self.plan["create_timestamp"] if self.gray is not None else self._clock.stamp()
        self.gray = audit.version if fresh or self.gray is None else self.gray
        self.plan = {"status": RUNNING, "create_timestamp": begun, "gray_percentage": percentage, **members}
        if percentage == WHOLE:
            self.release()
        return self.plan

    def pause(self) -> dict[str, Any]:
        """What only the console can do."""
        if self.gray is None:
            raise WxError(85080)
        self.plan["status"] = PAUSED if self.plan["status"] == RUNNING else RUNNING
        return self.plan

    def end_gray(self) -> dict[str, Any]:
        """Everybody is back at the live version; the approved one may go gray again."""
        if self.gray is None:
            raise WxError(85080)
        self.gray = None
        self.plan["status"] = DELETED
        return self.plan

    def roll_back(self, app_version: object = None) -> Version:
        """87011 while gray runs, 87012 when there is nothing (such) to go back to."""
        if self.gray is not None:
            raise WxError(87011)
        behind = [version for version in self.history if app_version is None or str(version.app_version) == app_version]
        if not behind:
            raise WxError(87012)
        # the version that is left cannot be gone back to
        self.history.remove(behind[-1])
        self.live = behind[-1]
        return self.live

    def count_from(self, number: int) -> None:
        """The next submission gets this number."""
        self._last_number = number - 1

    # what people have on their phones

    def version_for(self, openid: str) -> Version | None:
        """The live version, or the gray one for the share of people who have it; always the same people."""
        share = int.from_bytes(hashlib.sha256(openid.encode()).digest()[:4]) * WHOLE >> 32
        in_gray = self.gray is not None and share < self.plan["gray_percentage"]
        return self.gray if in_gray else self.live

    def left(self, what: str) -> int:
        """What the month still allows."""
        return max(0, self.limits[what] - self.used(what))

    def used(self, what: str, *, daily: bool = False) -> int:
        """How often this month, or this Beijing day."""
        return self._counted.get((what, self._clock.day() if daily else self._clock.day()[:7]), 0)

    def state(self) -> dict[str, Any]:
        """For the control API and the page."""
        return {
            "live": asdict(self.live) if self.live else None,
            "gray": asdict(self.gray) if self.gray else None,
            "plan": dict(self.plan),
            "experience": asdict(self.experience) if self.experience else None,
            "audit": asdict(self.latest) if self.latest else None,
            "history": [asdict(version) for version in self.history],
            "drafts": list(self.drafts),
            "templates": list(self.templates),
            "visible": self.visible,
            "support_version": self.support_version,
        }

    def _go_live(self, version: Version) -> Version:
        if self.live is not None:
            self.history = [*self.history, self.live][-HISTORY:]
        self.live = version
        return version

    def _count(self, what: str) -> None:
        for key in ((what, self._clock.day()), (what, self._clock.day()[:7])):
            self._counted[key] = self._counted.get(key, 0) + 1

    def _next_id(self) -> int:
        self._next_template += 1
        return self._next_template
