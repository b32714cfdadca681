"""The bureau's own Word templates: brought, looked through, tried, activated; documents remember which one they had."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid, NotFound
from server.domain import identity
from server.domain.documents import files
from server.domain.documents.files import Kept
from server.domain.documents.kinds import Kind, kind_of
from server.domain.documents.models import NAME, REASON, Document, DocumentTemplate
from server.domain.documents.vocabulary import TemplateState
from server.domain.identity import Actor, Permission
from server.gateways import office
from server.gateways.office.layout import Block, Chart, Fields, Filled, Prose, Table

SUBJECT = "document_template"
MAX_BYTES = 5 * 1024 * 1024
FILE_NAME = 120


class TemplateNotFound(NotFound):
    """There is no such template."""

    code = "document_template_not_found"
    message = "没有找到该模板。"


class TemplateRefused(Invalid):
    """The file cannot be a template of that kind; ``fields["upload"]`` has every finding."""

    code = "document_template_refused"
    message = "模板没有通过检查，未保存。"


class TemplateSettled(Conflict):
    """It is active, or was."""

    code = "document_template_state"
    message = "模板当前的状态不允许这样操作。"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that passed, and lies in the store without a row."""

    name: str
    kept: Kept
    notes: tuple[str, ...]


def active_id(kind_code: str) -> uuid.UUID | None:
    """The template that a kind's documents get from now on; None for the form's own look."""
    return session().scalar(sa.select(DocumentTemplate.id).where(DocumentTemplate.slot == kind_code))


def template_of(document: Document) -> DocumentTemplate | None:
    """The bureau's template that a document was issued with; None for the form's own look."""
    return session().get(DocumentTemplate, document.template_id) if document.template_id else None


def templates_of(actor: Actor, kind_code: str = "") -> list[DocumentTemplate]:
    """The templates of a kind, or of all, newest first. Needs template.manage."""
    actor.need(Permission.TEMPLATE_MANAGE)
    query = sa.select(DocumentTemplate).order_by(DocumentTemplate.kind, DocumentTemplate.version.desc())
    return list(session().scalars(query.where(DocumentTemplate.kind == kind_code) if kind_code else query))


def find_template(actor: Actor, template_id: uuid.UUID) -> DocumentTemplate:
    """One template. Needs template.manage."""
    actor.need(Permission.TEMPLATE_MANAGE)
    found = session().get(DocumentTemplate, template_id, populate_existing=True)
    if found is None:
        raise TemplateNotFound
    return found


def take_template(kind_code: str, *, name: str, raw: bytes) -> Incoming:
    """Look a file through from end to end and keep it; TemplateRefused with every finding, and nothing kept, if it is
    broken, hostile, or lacks what the kind must show. Touches no row and takes its time: call it before the unit.
    """
    if not raw or len(raw) > MAX_BYTES:
        told = f"文件不能超过 {MAX_BYTES // 1024 // 1024} MB。" if raw else "文件是空的，请重新选择。"
        raise TemplateRefused(told, fields={"upload": [told]})
    examined = office.examine(raw, kind_of(kind_code).form)
    if not examined.accepted:
        raise TemplateRefused(fields={"upload": list(examined.problems)})
    stem = PurePath(name.replace("\\", "/")).stem
    clean = "".join(sign for sign in stem if sign.isprintable() and sign not in '/:*?"<>|').strip(" .") or "模板"
    return Incoming(f"{clean[: FILE_NAME - 5]}.docx", files.keep(raw), examined.notes)


def add_template(actor: Actor, kind_code: str, incoming: Incoming, *, note: str = "") -> DocumentTemplate:
    """Note a template that passed as the kind's next version. It waits to be activated."""
    actor.need(Permission.TEMPLATE_MANAGE)
    kind = kind_of(kind_code)
    last = sa.select(sa.func.max(DocumentTemplate.version)).where(DocumentTemplate.kind == kind.code)
    template = DocumentTemplate(
        kind=kind.code,
        version=(session().scalar(last) or 0) + 1,
        file_name=incoming.name,
        sha256=incoming.kept.sha256,
        size=incoming.kept.size,
        note=note.strip()[:REASON],
        warnings=list(incoming.notes),
        added_at=clock.now(),
        added_by_id=actor.id,
        added_by_name=actor.name[:NAME],
    )
    session().add(template)
    session().flush()
    _record(actor, "document_template.added", template, f"上传{kind.label}模板第 {template.version} 版", sha256=True)
    return template


def activate_template(actor: Actor, template_id: uuid.UUID) -> DocumentTemplate:
    """Have the kind's documents made with it from now on. Those that are issued keep theirs."""
    template = find_template(actor, template_id)
    if template.state is TemplateState.ACTIVE:
        raise TemplateSettled
    _retire(actor, template.kind)
    template.state, template.slot = TemplateState.ACTIVE, template.kind
    template.settled_at, template.settled_by_name = clock.now(), actor.name[:NAME]
    session().flush()
    label = kind_of(template.kind).label
    _record(actor, "document_template.activated", template, f"启用{label}模板第 {template.version} 版", sha256=True)
    return template


def use_default(actor: Actor, kind_code: str) -> None:
    """Go back to the form's own look. TemplateSettled if that is what there is."""
    actor.need(Permission.TEMPLATE_MANAGE)
    retired = _retire(actor, kind_code)
    if retired is None:
        raise TemplateSettled("当前使用的就是默认模板。")
    _record(actor, "document_template.retired", retired, f"{kind_of(kind_code).label}改回默认模板")


def drop_template(actor: Actor, template_id: uuid.UUID) -> DocumentTemplate:
    """Take a template away that was never active. Its file goes with the sweep."""
    template = find_template(actor, template_id)
    if template.state is not TemplateState.DRAFT:
        raise TemplateSettled
    label = kind_of(template.kind).label
    _record(actor, "document_template.dropped", template, f"删除{label}模板第 {template.version} 版")
    session().delete(template)
    return template


def template_bytes(template: DocumentTemplate) -> bytes:
    """The file as it came."""
    return b"".join(files.store().stream(template.sha256))


def previewed(kind: Kind, template: bytes | None) -> bytes:
    """The kind's sample, set with a template (the form's own without one). Takes its time; TemplateBroken may come."""
    return office.word(sample_of(kind), template=template)


def sample_of(kind: Kind) -> Filled:
    """The kind's form with content as it might be, for trials."""
    content = {block.key: kind.sample.get(block.key) or _sample(block) for block in kind.form.blocks}
    return Filled(
        form=kind.form,
        content=content,
        number=f"{kind.prefix}-示例-{clock.today().year}-0001",
        code="2345-6789-ABCD",
        verify_url="https://example.invalid/",
        title=kind.form.title,
        head=("示例内容，仅供查看模板效果",),
        watermark="示例",
    )


def _sample(block: Block) -> Mapping[str, Any] | list[Mapping[str, str]] | str:
    match block:
        case Fields():
            return {field.key: f"（{field.label}）" for field in block.fields}
        case Table():
            return [{column.key: f"{column.label}{row}" for column in block.columns} for row in (1, 2)]
        case Prose():
            return f"（{block.label or '正文'}）\n第二段。"
        case Chart():
            return {"labels": ["一月", "二月"], "series": [{"name": "示例", "values": [3.0, 5.0]}]}


def _retire(actor: Actor, kind_code: str) -> DocumentTemplate | None:
    query = sa.select(DocumentTemplate).where(DocumentTemplate.slot == kind_code).with_for_update()
    current = session().scalars(query).one_or_none()
    if current is not None:
        current.state, current.slot = TemplateState.RETIRED, None
        current.settled_at, current.settled_by_name = clock.now(), actor.name[:NAME]
        session().flush()
    return current


def _record(actor: Actor, action: str, template: DocumentTemplate, summary: str, *, sha256: bool = False) -> None:
    changes = {"sha256": [None, template.sha256]} if sha256 else {}
    identity.record(actor, action, subject=(SUBJECT, template.id), summary=summary, changes=changes)
