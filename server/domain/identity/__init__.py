"""Who people are and what they may do, and the trail of what they did.

机构 organisation, 工作人员 officer, 市民 citizen, 角色 role, 权限 permission, 会话 session, 令牌 token, 同意 consent,
审计 audit.
"""

from server.domain.identity.actor import ANONYMOUS, SCHEDULER, Actor, ActorKind, Scope, grants_of
from server.domain.identity.audit import AuditFilters, audit_matching, record
from server.domain.identity.chain import (
    Anchor,
    Fault,
    audit_head,
    begin_check,
    checks_matching,
    continue_check,
    find_check,
    seal_audit,
    verify_audit,
)
from server.domain.identity.models.audit import AuditCheck, AuditEntry, AuditResult, CheckState
from server.domain.identity.models.officers import (
    ApiToken,
    Officer,
    OfficerRole,
    OfficerSession,
    OfficerState,
    Organisation,
    OrganisationKind,
    SessionEnd,
)
from server.domain.identity.permissions import APART, PERMISSIONS_OF, Permission, Role
from server.domain.identity.policy import OfficerPolicy, govern

__all__ = [
    "ANONYMOUS",
    "APART",
    "PERMISSIONS_OF",
    "SCHEDULER",
    "Actor",
    "ActorKind",
    "Anchor",
    "ApiToken",
    "AuditCheck",
    "AuditEntry",
    "AuditFilters",
    "AuditResult",
    "CheckState",
    "Fault",
    "Officer",
    "OfficerPolicy",
    "OfficerRole",
    "OfficerSession",
    "OfficerState",
    "Organisation",
    "OrganisationKind",
    "Permission",
    "Role",
    "Scope",
    "SessionEnd",
    "audit_head",
    "audit_matching",
    "begin_check",
    "checks_matching",
    "continue_check",
    "find_check",
    "govern",
    "grants_of",
    "record",
    "seal_audit",
    "verify_audit",
]
