"""What is due when, over every room; alerts about it; and the personal calendar feed.

履约日历 agenda, 事项 entry, 提醒 alert, 提前天数 lead, 提醒时段 reminder hours, 订阅 feed.

The agenda keeps no dates of its own: it asks the rooms. Alerts are kept under (object, kind, due day), so a moved day
re-arms them. Computing a date and reminding of it have separate calendars.
"""

from server.domain.agenda.arming import LOOK, Armed, arm, look_soon
from server.domain.agenda.collecting import Survey, entries, survey
from server.domain.agenda.feeds import (
    FeedNotFound,
    IssuedFeed,
    actor_by_feed,
    feed_entries,
    feed_of,
    issue_feed,
    revoke_feed,
)
from server.domain.agenda.hours import notify_at
from server.domain.agenda.inbox import Notice, alerts_for, alerts_matching, find_alert, read, unread, unread_count
from server.domain.agenda.models import Alert, Feed
from server.domain.agenda.policy import Policy, policy, prepare, set_policy
from server.domain.agenda.vocabulary import AlertKind, AlertState, Entry, EntryKind, Urgency, Window

__all__ = [
    "LOOK",
    "Alert",
    "AlertKind",
    "AlertState",
    "Armed",
    "Entry",
    "EntryKind",
    "Feed",
    "FeedNotFound",
    "IssuedFeed",
    "Notice",
    "Policy",
    "Survey",
    "Urgency",
    "Window",
    "actor_by_feed",
    "alerts_for",
    "alerts_matching",
    "arm",
    "entries",
    "feed_entries",
    "feed_of",
    "find_alert",
    "issue_feed",
    "look_soon",
    "notify_at",
    "policy",
    "prepare",
    "read",
    "revoke_feed",
    "set_policy",
    "survey",
    "unread",
    "unread_count",
]
