"""From an edited document to what stands: the preview, two editors brought together, published or proposed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from server.admin.access import current_actor
from server.admin.flag_reach import reach
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import Change, Environment, FlagMoved, Moved, NothingChanged, Subject

LONGEST_SENT = 600_000
ABSENT = "-"


class SaveSchema(Schema):
    """Why, and when it holds."""

    reason = fields.String(
        required=True,
        validate=validate.Length(min=2, max=500),
        metadata={
            "label": "原因",
            "widget": "textarea",
            "rows": "3",
            "placeholder": "例如：内测一周无异常，放开到全部体验用户",
        },
    )
    apply_at = fields.AwareDateTime(
        load_default=None,
        default_timezone=clock.LOCAL,
        metadata={"label": "定时生效", "help": "留空则立即（需要审批的，批准后立即）生效。"},
    )
    until = fields.AwareDateTime(
        load_default=None,
        default_timezone=clock.LOCAL,
        metadata={"label": "到期恢复", "help": "到时自动恢复为修改前的内容；期间有人再改则不覆盖，只提醒。"},
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A document (None: remove it) that shall stand instead of the one with ``base_hash`` (None: there was none).

    ``theirs`` is the hash of the other editor's document that the person has seen, if there is one; ``take`` what was
    decided about each conflict with it.
    """

    subject: Subject
    environment: Environment
    key: str
    document: dict[str, Any] | None
    base_hash: str | None
    theirs: str = ""
    take: Mapping[str, str] | None = None

    @property
    def change(self) -> Change:
        """What the domain is asked for."""
        return Change(self.subject, self.key, self.document, self.base_hash)


def asked_of(form: MultiDict[str, str], subject: Subject, environment: Environment, key: str) -> Asked:
    """What the preview's form carries. Invalid when it was tampered with."""
    text = form.get("document", "")
    try:
        document = json.loads(text) if text and len(text) <= LONGEST_SENT else None
    except (ValueError, RecursionError):
        raise Invalid("提交的内容不完整，请重新编辑。") from None
    if not isinstance(document, dict) and (document is not None or not form.get("removed")):
        raise Invalid("提交的内容不完整，请重新编辑。")
    take = {name.removeprefix("take."): value for name, value in form.items() if name.startswith("take.")}
    return Asked(subject, environment, key, document, form.get("base_hash") or None, form.get("theirs_hash", ""), take)


def show_preview(asked: Asked, form: Form | None = None, *, status: int = 200) -> Response:
    """What would change, whom it would touch, what somebody else did meanwhile; with the form that saves it."""
    actor = current_actor()
    seen = flags.preview(actor, asked.environment, [asked.change])
    moved = seen.moved[0] if seen.moved else None
    content = flags.find_content(actor, asked.environment)
    touched = next((each for each in seen.touched if (each.subject, each.key) == (asked.subject, asked.key)), None)
    return page(
        "flags/preview.html",
        status=status,
        asked=asked,
        name=_name(asked, moved),
        document=json.dumps(asked.document, ensure_ascii=False) if asked.document is not None else "",
        differences=touched.differences if touched else [],
        moved=moved,
        theirs_hash=(moved.theirs_hash or ABSENT) if moved else "",
        mine=flags.differences(moved.base, moved.mine) if moved else [],
        impact=reach(seen.before, seen.after),
        approval=flags.needs_approval(asked.environment),
        form=form or Form(SaveSchema()),
        number=content.number,
        urls=_urls(asked),
    )


def save(asked: Asked) -> Response:
    """Publish or propose it; back to the preview when something is missing or somebody was quicker."""
    form = Form.submitted(SaveSchema(), request.form)
    if not form.valid:
        return show_preview(asked, form, status=422)
    actor = current_actor()
    found = flags.preview(actor, asked.environment, [asked.change]).moved
    settled = _settled(asked, found[0]) if found else asked
    if settled is None:
        if asked.theirs:
            form.refuse(message="还有矛盾没有选择，或对方又作了修改，请核对后再提交。")
        return show_preview(asked, form, status=409)
    try:
        return _write(settled, form)
    except FlagMoved:
        return show_preview(asked, form, status=409)
    except NothingChanged:
        toast("内容与现在的一样，没有需要保存的变动", "info")
        endpoint, place = _page_after(asked)
        return redirect_to(endpoint, **place)
    except Invalid as wrong:
        known = {name: texts for name, texts in wrong.fields.items() if name in form.names}
        others = [text for name, texts in wrong.fields.items() if name not in known for text in texts]
        form.refuse(known)
        if others or not known:
            form.refuse(message="；".join(others) or wrong.text)
        return show_preview(asked, form, status=422)


def _write(asked: Asked, form: Form) -> Response:
    actor, where = current_actor(), asked.environment
    reason, apply_at, until = form.values["reason"], form.values["apply_at"], form.values["until"]
    if flags.needs_approval(where) or apply_at or until:
        request_made = flags.propose(actor, where, [asked.change], reason=reason, apply_at=apply_at, until=until)
        toast("已提交，等待审批" if flags.needs_approval(where) else "已安排")
        return redirect_to("flag_requests.show", request_id=request_made.id)
    revision = flags.publish(actor, where, [asked.change], reason=reason)
    toast(f"已发布为{where.label}第 {revision.number} 版，各服务进程将在数秒内生效")
    endpoint, place = _page_after(asked)
    return redirect_to(endpoint, **place)


def _page_after(asked: Asked) -> tuple[str, dict[str, str]]:
    """The page of what was saved, or the list when it is gone."""
    group, where = ("flags" if asked.subject is Subject.FLAG else "flag_segments"), {"env": asked.environment.value}
    if asked.document is None:
        return f"{group}.index", where
    return f"{group}.show", {"key": asked.key, **where}


def _settled(asked: Asked, moved: Moved) -> Asked | None:
    """The change on top of what somebody else wrote, as the person decided; None if there is something left to decide."""
    if asked.theirs != (moved.theirs_hash or ABSENT):
        return None
    take = dict(asked.take or {})
    if take.get("whole") == "mine":
        return replace(asked, base_hash=moved.theirs_hash)
    if moved.mine is None or moved.theirs is None:
        return None
    merged = flags.merge(moved.base, moved.mine, moved.theirs, take=take)
    return None if merged.document is None else replace(asked, document=merged.document, base_hash=moved.theirs_hash)


def _name(asked: Asked, moved: Moved | None) -> str:
    document = asked.document or (moved.base if moved else None) or {}
    return str(document.get("name") or asked.key)


def _urls(asked: Asked) -> dict[str, str]:
    """Where the preview's buttons lead."""
    group, read = (
        ("flag_edit", "flags.show") if asked.subject is Subject.FLAG else ("flag_segments", "flag_segments.show")
    )
    where: dict[str, Any] = {"environment": asked.environment.value, "key": asked.key}
    return {
        "save": url_for(f"{group}.save", **where),
        "again": url_for(f"{group}.again", **where),
        "show": url_for(read, key=asked.key, env=asked.environment.value),
    }
