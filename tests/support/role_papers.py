"""What the walk over all routes finds on paper under the contract: a document with a signature and a scan, runs, a template, a report."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

from server.domain import documents, forms, reports, signing
from server.domain.contracts import Contract
from server.domain.documents import Format
from server.domain.identity import Actor
from server.domain.reports import ProblemDraft, ProblemKind, ReportKind
from server.gateways import office
from tests.factories import signing as papers


def things(contract: Contract, supplement_id: uuid.UUID, zhou: Actor, zheng: Actor) -> dict[str, Any]:
    """One of each, by the name that it has in addresses."""
    return _signed(contract, supplement_id, zhou, zheng) | _made(contract, zhou, zheng) | _reported(contract, zheng)


def _signed(contract: Contract, supplement_id: uuid.UUID, zhou: Actor, zheng: Actor) -> dict[str, Any]:
    paper = signing.take_scan(name="电子签名约定.pdf", raw=papers.blank_pdf())
    agreement = signing.agree(
        zhou, contract.id, agreed_on=date(2026, 1, 5), vendor_signer="吴桐", bureau_signer="周正", paper=paper
    )
    card = papers.made(documents.issue(zheng, forms.CONTRACT_SUPPLEMENT, supplement_id))
    scan = papers.scanned(zheng, card)
    document = papers.made(documents.correct(zheng, card.id, reason="另行签署"))
    signature = papers.signed(replace(zheng, stepped_up=True), document)
    groups = ("documents", "document_signing", "document_box")
    return {
        **{f"{group}.document_id": document.id for group in groups},
        **{f"{group}.number": 1 for group in groups},
        "documents.form": Format.PDF.value,
        "document_box.kind_code": forms.CONTRACT_SUPPLEMENT,
        "document_box.subject_id": supplement_id,
        **{f"document_signing.{view}.document_id": card.id for view in ("scan", "scan_leaf")},
        "document_signing.step": "withdraw",
        "upkeep_exports.what": "works",
        "upkeep_exports.form": "csv",
        "scan_id": scan.id,
        "signature_id": signature.id,
        "agreement_id": agreement.id,
        "verify.code": document.code,
    }


def _made(contract: Contract, zhou: Actor, zheng: Actor) -> dict[str, Any]:
    run = documents.start_archive(zheng, contract_id=contract.id)
    code = forms.SERVICE_RECORD
    raw = office.default_template(documents.kind_of(code).form)
    template = documents.add_template(zhou, code, documents.take_template(code, name="记录单.docx", raw=raw))
    return {"run_id": run.id, "template_id": template.id, "document_templates.kind_code": code}


def _reported(contract: Contract, zheng: Actor) -> dict[str, Any]:
    report = reports.draft(zheng, contract_id=contract.id, kind=ReportKind.MONTHLY, day=contract.starts_on)
    problem = reports.put_problem(zheng, report.id, ProblemDraft(ProblemKind.TECHNICAL, "首页偶发超时"), seq=report.seq)
    return {"report_id": report.id, "problem_id": problem.id, "report.key": "tickets", "report.number": 1}
