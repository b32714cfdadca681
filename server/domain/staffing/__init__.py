"""Who a vendor has designated: assigned, replaced by the rules, subcontracted with consent, off-boarded.

维护人员 maintainer, 指派 assign, 审核 review, 经验 experience, 技能 skill, 更换 replacement, 接替人员 substitute, 通知 notice,
违约 breach, 能力 ability, 离岗 off-boarding, 交接清单 checklist, 分包 subcontract, 书面同意 consent, 材料 document.

What the contract asks (years, days of notice) comes from its terms; where it is silent nothing is asked. A breach is
flagged and blocks nothing (A18). ``staff_on`` is the roster of a day; an ended contract has none.
"""

from server.domain.staffing.access import StaffNotFound
from server.domain.staffing.days import Done, Due, anything_due, dues, install, keep_days
from server.domain.staffing.followers import follow_departures
from server.domain.staffing.history import (
    File,
    add_paper,
    history_of,
    papers_of,
    read_paper,
    sweep_papers,
)
from server.domain.staffing.leaving import (
    HOLDABLE,
    LeavingAlready,
    items_of,
    off_board,
    off_boarding_of,
    off_boardings_of,
    settle,
)
from server.domain.staffing.models import (
    Maintainer,
    OffBoarding,
    OffBoardingItem,
    Replacement,
    Skill,
    StaffDocument,
    StaffEvent,
    Subcontract,
)
from server.domain.staffing.on_paper import (
    NOTICE as NOTICE_PAPER,
)
from server.domain.staffing.on_paper import (
    ROSTER as ROSTER_PAPER,
)
from server.domain.staffing.replacing import (
    ReplacedAlready,
    ReplacementOver,
    find_replacement,
    forecast_of,
    foresee,
    judge,
    name_substitute,
    notify_replacement,
    replacements_matching,
    withdraw_replacement,
)
from server.domain.staffing.roster import (
    AlreadyDesignated,
    Person,
    ReviewedBefore,
    TooLittleExperience,
    assign,
    by_id,
    find,
    link_account,
    matching,
    review,
    set_skills,
    skills_of,
    staff_on,
)
from server.domain.staffing.rules import Forecast, Found, minimum_years, whole_years
from server.domain.staffing.subcontracts import (
    SubcontractDecided,
    consent_subcontract,
    end_subcontract,
    find_subcontract,
    request_subcontract,
    subcontracts_matching,
)
from server.domain.staffing.vocabulary import (
    STANDING,
    Ability,
    Breach,
    CheckItem,
    Disposition,
    DocumentKind,
    EventKind,
    Reason,
    ReplacementState,
    Review,
    SkillLevel,
    SubcontractState,
    SubjectKind,
)

__all__ = [
    "HOLDABLE",
    "NOTICE_PAPER",
    "ROSTER_PAPER",
    "STANDING",
    "Ability",
    "AlreadyDesignated",
    "Breach",
    "CheckItem",
    "Disposition",
    "DocumentKind",
    "Done",
    "Due",
    "EventKind",
    "File",
    "Forecast",
    "Found",
    "LeavingAlready",
    "Maintainer",
    "OffBoarding",
    "OffBoardingItem",
    "Person",
    "Reason",
    "ReplacedAlready",
    "Replacement",
    "ReplacementOver",
    "ReplacementState",
    "Review",
    "ReviewedBefore",
    "Skill",
    "SkillLevel",
    "StaffDocument",
    "StaffEvent",
    "StaffNotFound",
    "Subcontract",
    "SubcontractDecided",
    "SubcontractState",
    "SubjectKind",
    "TooLittleExperience",
    "add_paper",
    "anything_due",
    "assign",
    "by_id",
    "consent_subcontract",
    "dues",
    "end_subcontract",
    "find",
    "find_replacement",
    "find_subcontract",
    "follow_departures",
    "forecast_of",
    "foresee",
    "history_of",
    "items_of",
    "judge",
    "keep_days",
    "link_account",
    "matching",
    "minimum_years",
    "name_substitute",
    "notify_replacement",
    "off_board",
    "off_boarding_of",
    "off_boardings_of",
    "papers_of",
    "read_paper",
    "replacements_matching",
    "request_subcontract",
    "review",
    "set_skills",
    "settle",
    "skills_of",
    "staff_on",
    "subcontracts_matching",
    "sweep_papers",
    "whole_years",
    "withdraw_replacement",
]

install()
