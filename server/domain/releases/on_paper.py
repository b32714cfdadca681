"""版本发布记录 (A03, A07): one release from its manifest to full release or back."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core import spelling
from server.core.db import session
from server.domain import contracts, documents
from server.domain.documents import Draft, Kind
from server.domain.identity import Actor, Permission
from server.domain.releases import access
from server.domain.releases.flag_use import flags_of
from server.domain.releases.log import events_of
from server.domain.releases.models import Release, ReleaseEvent
from server.domain.releases.reading import tickets_of
from server.domain.releases.vocabulary import State
from server.gateways.office.layout import Column, Field, Fields, Form, Prose, SignBlock, Table

RECORD = "release_record"
HALF = 32
FORM = Form(
    title="版本发布记录",
    blocks=(
        Fields(
            "release",
            (
                Field("version", "版本号"),
                Field("contract", "合同编号"),
                Field("state", "状态"),
                Field("scope", "范围认定"),
                Field("built_at", "构建时间"),
                Field("live_at", "上线时间"),
                Field("pushed_by", "推送人"),
                Field("driver", "办理方式"),
                Field("back", "可回退版本", wide=True),
                Field("commit", "代码提交", wide=True),
                Field("sha256", "清单校验值（SHA-256）", wide=True),
                Field("tickets", "对应工单", wide=True),
                Field("flags", "涉及功能开关", wide=True),
            ),
        ),
        Prose("changelog", "更新说明"),
        Table(
            "steps",
            (
                Column("at", "时间", 5),
                Column("what", "步骤", 3),
                Column("state", "结果", 3),
                Column("who", "办理人", 2),
                Column("text", "说明", 4),
            ),
            label="发布经过",
        ),
    ),
    signs=(SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）")),
)


def compose(actor: Actor, release_id: uuid.UUID) -> Draft:
    """A release as the ledger has it. ReleaseNotFound for a foreign one."""
    row = access.find(actor, release_id)
    contract = contracts.find(actor, row.contract_id)
    numbers = [each.number for each in tickets_of([row.id])[row.id]]
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content={
            "release": {**_facts(row), "contract": contract.number, "tickets": "、".join(numbers) or "无"},
            "changelog": row.changelog,
            "steps": [_step(each) for each in events_of(row)],
        },
        title=f"版本发布记录（{row.version}）",
        head=(f"合同：{contract.title}（{contract.number}）",),
        sources=((f"版本 {row.version}", f"/admin/releases/{row.id}"),),
    )


def _facts(row: Release) -> dict[str, str]:
    return {
        "version": row.version,
        "state": row.state.label + (f"（{row.gray_percent}%）" if row.gray_percent else ""),
        "scope": row.scope.label if row.scope else "未认定",
        "built_at": spelling.moment(row.built_at),
        "live_at": spelling.moment(row.live_at) or "未上线",
        "pushed_by": row.pushed_by_name,
        "driver": row.driver.label,
        "back": _back(row),
        "commit": row.git_sha,
        # two equal lines, since one would leave its last sign to the next
        "sha256": f"{row.content_sha256[:HALF]}\n{row.content_sha256[HALF:]}",
        "flags": _flags(row),
    }


def _back(row: Release) -> str:
    """Where one goes back to from it: what was live before, or what came to be live again when it was taken back (A03)."""
    query = sa.select(Release.version).where(Release.id != row.id, Release.state != State.ROLLED_BACK)
    if row.state is State.ROLLED_BACK and row.live_at is not None:
        query = query.where(Release.live_at > row.live_at).order_by(Release.live_at, Release.id)
    else:
        query = query.where(Release.live_at < (row.live_at or row.created_at))
        query = query.order_by(Release.live_at.desc(), Release.id.desc())
    return session().scalars(query.limit(1)).one_or_none() or "无"


def _flags(row: Release) -> str:
    told = [f"{role.label} {'、'.join(keys)}" for role, keys in flags_of([row.id])[row.id].items() if keys]
    return "；".join(told) or "无"


def _step(event: ReleaseEvent) -> dict[str, str]:
    what = event.step.label if event.step else event.kind.label
    return {
        "at": spelling.moment(event.at),
        "what": what,
        "state": event.state.label,
        "who": event.actor_name or event.actor_kind.label,
        "text": event.text,
    }


documents.register(
    Kind(
        RECORD,
        "版本发布记录",
        "BBFB",
        "release",
        FORM,
        compose,
        view=Permission.RELEASE_VIEW,
        group="发布",
        sample={
            "release": {
                "version": "1.4.2",
                "contract": "ZK-YW-2025-01",
                "state": "已全量",
                "scope": "合同范围内",
                "built_at": "2025年9月1日 10:00",
                "live_at": "2025年9月2日 20:00",
                "pushed_by": "唐川",
                "driver": "人工办理",
                "back": "1.4.1",
                "tickets": "FW-2025-0012",
                "flags": "无",
            },
            "changelog": "修复预约页提交后没有提示。",
            "steps": [
                {"at": "2025年9月1日 10:05", "what": "登记版本", "state": "已登记", "who": "唐川", "text": ""},
            ],
        },
    )
)
