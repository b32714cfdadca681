"""Reports that write themselves: a period's figures with their sources, the texts around them, and what both sides signed.

周报 weekly, 月报 monthly, 总结报告 summary; 指标 figure, 来源 source, 编制 draft, 提交 submit (freezes), 签收 sign, 退回 send back,
差异 difference, 问题与整改 problem. A figure names the rows that it counts. A subject of another room comes in by
``register_section``; what nobody provides is left out, never invented.
"""

from server.domain.reports import papers, sections, submitting
from server.domain.reports.access import (
    NothingToDecide,
    ReportFrozen,
    ReportMoved,
    ReportNotFound,
    find,
    find_contract,
    history_of,
    version_of,
    versions_of,
)
from server.domain.reports.composing import (
    content_of,
    fresh,
    frozen,
    look_of,
    period_text,
    problems_of,
    proposed_texts,
    title_of,
)
from server.domain.reports.content import Content, Curve, Figure, Grid, Problem, Ref, Section, Sheet, Work
from server.domain.reports.differing import Difference, differences
from server.domain.reports.drafting import (
    AlreadyDrafted,
    CycleSigned,
    NotBegun,
    ProblemDraft,
    draft,
    drop_problem,
    put_problem,
    remark,
    set_inspection,
    write,
)
from server.domain.reports.look import Look
from server.domain.reports.models import Report, ReportEdit, ReportProblem, ReportVersion
from server.domain.reports.overview import (
    Cell,
    Line,
    draft_due,
    due_for_drafting,
    for_duty,
    matching,
    overview,
    reports_of,
)
from server.domain.reports.sections import drop_section, register_section, sections_of
from server.domain.reports.submitting import Check, NotReady, changed_since, checks_of, send_back, sign, submit
from server.domain.reports.vocabulary import (
    EDITABLE,
    TEXTS,
    EditKind,
    ProblemKind,
    ProblemState,
    ReportKind,
    ReportState,
    TextKey,
)

sections.install()
papers.install()
submitting.install()

__all__ = [
    "EDITABLE",
    "TEXTS",
    "AlreadyDrafted",
    "Cell",
    "Check",
    "Content",
    "Curve",
    "CycleSigned",
    "Difference",
    "EditKind",
    "Figure",
    "Grid",
    "Line",
    "Look",
    "NotBegun",
    "NotReady",
    "NothingToDecide",
    "Problem",
    "ProblemDraft",
    "ProblemKind",
    "ProblemState",
    "Ref",
    "Report",
    "ReportEdit",
    "ReportFrozen",
    "ReportKind",
    "ReportMoved",
    "ReportNotFound",
    "ReportProblem",
    "ReportState",
    "ReportVersion",
    "Section",
    "Sheet",
    "TextKey",
    "Work",
    "changed_since",
    "checks_of",
    "content_of",
    "differences",
    "draft",
    "draft_due",
    "drop_problem",
    "drop_section",
    "due_for_drafting",
    "find",
    "find_contract",
    "for_duty",
    "fresh",
    "frozen",
    "history_of",
    "look_of",
    "matching",
    "overview",
    "period_text",
    "problems_of",
    "proposed_texts",
    "put_problem",
    "register_section",
    "remark",
    "reports_of",
    "sections_of",
    "send_back",
    "set_inspection",
    "sign",
    "submit",
    "title_of",
    "version_of",
    "versions_of",
    "write",
]
