"""Who people are and what they may do, and the trail of what they did.

机构 organisation, 工作人员 officer, 市民 citizen, 角色 role, 权限 permission, 会话 session, 令牌 token, 同意 consent,
审计 audit.
"""

from server.domain.identity.actor import ANONYMOUS, SCHEDULER, Actor, ActorKind, Scope, grants_of
from server.domain.identity.permissions import APART, PERMISSIONS_OF, Permission, Role

__all__ = [
    "ANONYMOUS",
    "APART",
    "PERMISSIONS_OF",
    "SCHEDULER",
    "Actor",
    "ActorKind",
    "Permission",
    "Role",
    "Scope",
    "grants_of",
]
