"""What the bureau tells people, and what WeChat tells us.

公告 notice (an announcement), 小程序配置 app config, 订阅模板 template, 授权 grant, 消息 message (the outbox), 推送 push
(the inbox).
"""

from server.domain.notices.announcements import (
    NoticeNotFound,
    StaleNotice,
    WrongNoticeState,
    current_notice,
    current_notices,
    draft_notice,
    find_notice,
    notices_matching,
    publish,
    revise_notice,
    withdraw,
)
from server.domain.notices.app_config import (
    AppConfig,
    Link,
    StaleConfig,
    UpdateNeed,
    app_config,
    app_config_history,
    revise_app_config,
)
from server.domain.notices.feed import feed_version
from server.domain.notices.models.announcements import AppConfigVersion, Audience, Notice, NoticeState
from server.domain.notices.models.messages import (
    AnswerSource,
    Message,
    MessageEvent,
    MessageState,
    SubscribeAnswer,
    SubscribeGrant,
    SubscribeTemplate,
)
from server.domain.notices.models.pushes import InboxPush, PushNonce, PushState
from server.domain.notices.rendering import rendered, summary_of

__all__ = [
    "AnswerSource",
    "AppConfig",
    "AppConfigVersion",
    "Audience",
    "InboxPush",
    "Link",
    "Message",
    "MessageEvent",
    "MessageState",
    "Notice",
    "NoticeNotFound",
    "NoticeState",
    "PushNonce",
    "PushState",
    "StaleConfig",
    "StaleNotice",
    "SubscribeAnswer",
    "SubscribeGrant",
    "SubscribeTemplate",
    "UpdateNeed",
    "WrongNoticeState",
    "app_config",
    "app_config_history",
    "current_notice",
    "current_notices",
    "draft_notice",
    "feed_version",
    "find_notice",
    "notices_matching",
    "publish",
    "rendered",
    "revise_app_config",
    "revise_notice",
    "summary_of",
    "withdraw",
]
