"""Bug reports: what broke, on which device, in which build and on which page.

缺陷报告 report, 设备信息 device, 页面 page. The work on one is a ticket's; releases and flags will be tied to it here.
"""

from server.domain.bugs.device import FIELDS, AppEnv, BadDevice
from server.domain.bugs.models import BugReport
from server.domain.bugs.reports import SUBJECT, Reported, facts_of, report, report_of, seen_with

__all__ = [
    "FIELDS",
    "SUBJECT",
    "AppEnv",
    "BadDevice",
    "BugReport",
    "Reported",
    "facts_of",
    "report",
    "report_of",
    "seen_with",
]
