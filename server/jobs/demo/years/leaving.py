"""What becomes of accounts, data and papers when a contract is over: each of its people's checklist, settled to the end."""

from __future__ import annotations

from server.core.db import session
from server.domain import staffing
from server.domain.staffing import CheckItem, Disposition, Maintainer
from server.jobs.demo.years.cast import Year

SETTLED = {
    CheckItem.ACCOUNTS: Disposition.DONE,
    CheckItem.REMOTE: Disposition.DONE,
    CheckItem.DATA: Disposition.DESTROYED,
    CheckItem.DEVICES: Disposition.RETURNED,
    CheckItem.PAPERS: Disposition.RETURNED,
    CheckItem.SECRECY: Disposition.DONE,
}


def hand_over(year: Year) -> None:
    """The bureau goes through the lists with the vendor; what is settled already stays as it is."""
    served = staffing.matching(year.administrator).where(Maintainer.contract_id == year.contract_id)
    for leaving in staffing.off_boardings_of(each.id for each in session().scalars(served).all()).values():
        for line in staffing.items_of(leaving.id):
            if line.disposition is Disposition.OPEN:
                staffing.settle(
                    year.administrator,
                    leaving.id,
                    item=line.item,
                    disposition=SETTLED[line.item],
                    note_text="合同终止交接时双方核对。",
                )
