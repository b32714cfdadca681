"""The paper of a service, and the rule that no service ends without it (A16); papers of contracts.

服务记录单 service record, 服务记录补充 supplement, 结单条件 gate, 合同卡 contract card, 补充协议 contract supplement.

This room stands above the desk, the records and the releases because a service record tells of all of them; the contract's
own papers are here because the contracts room lies below the documents. ``rules`` holds the table of which ticket needs a
record. The papers themselves are the documents room's.
"""

from server.domain.forms import contract_papers
from server.domain.forms.models import Supplement
from server.domain.forms.months import Month, Waiting, issue_waiting, month_of, waiting_of
from server.domain.forms.noting import SupplementMoved, note
from server.domain.forms.rules import SERVICE_RECORD, Need, Standing, install, need_of, standing_of, unsigned
from server.domain.forms.service import NoContract, Service, gather, supplement_of
from server.domain.forms.service_record import NotServed

CONTRACT_CARD, CONTRACT_SUPPLEMENT = contract_papers.CARD, contract_papers.SUPPLEMENT

__all__ = [
    "CONTRACT_CARD",
    "CONTRACT_SUPPLEMENT",
    "SERVICE_RECORD",
    "Month",
    "Need",
    "NoContract",
    "NotServed",
    "Service",
    "Standing",
    "Supplement",
    "SupplementMoved",
    "Waiting",
    "gather",
    "issue_waiting",
    "month_of",
    "need_of",
    "note",
    "standing_of",
    "supplement_of",
    "unsigned",
    "waiting_of",
]

install()
