"""What the two played years must come to, worked out by hand from the contracts' rows (domain.md A01–A47, B01–B33, §1.5, §3).

Nothing here was read off the program. Beside each figure stands its derivation. Calendar facts used: rest though a
weekday 2025-04-04, 05-01/02/05, 10-01/02/03/06/07/08, 2026-01-01/02, 02-16 … 02-20, 02-23, 04-06, 05-01/04/05, 06-19;
worked though a weekend 2025-09-28, 10-11, 2026-01-04, 02-14, 02-28, 05-09.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from server.core.clock import LOCAL


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment on Shanghai's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


class Answered(NamedTuple):
    """A ticket's response clock: received, due, whether the answer came in time."""

    received: datetime
    due: datetime
    kept: bool


# --- Year A ----------------------------------------------------------------------------------------------------------

# A47: signed and sealed by both; per party the later of signature and seal, over both the later:
# vendor max(02-27, 02-28) = 02-28, bureau max(03-03, 03-04) = 03-04.
A_EFFECTIVE = date(2025, 3, 4)

# A20: two hours if the day of receipt is worked, otherwise four; elapsed hours; the day of receipt decides (#12).
A_RESPONSES = {
    # Wednesday, worked: 09:20 + 2 h; answered 09:55
    "wednesday": Answered(at(2025, 3, 12, 9, 20), at(2025, 3, 12, 11, 20), True),
    # Saturday, rest: 10:00 + 4 h; answered 13:59, which two hours would have made late
    "saturday": Answered(at(2025, 3, 15, 10), at(2025, 3, 15, 14), True),
    # Labour Day holiday (a Monday): 10:00 + 4 h (§3); answered 13:10
    "labour_day": Answered(at(2025, 5, 5, 10), at(2025, 5, 5, 14), True),
    # Sunday, but worked: 09:12 + 2 h (§3); answered at 11:12 sharp, which is in time
    "worked_sunday": Answered(at(2025, 9, 28, 9, 12), at(2025, 9, 28, 11, 12), True),
    # National Day holiday, Wednesday 22:30 + 4 h runs over midnight (§3); answered 02:10
    "holiday_night": Answered(at(2025, 10, 8, 22, 30), at(2025, 10, 9, 2, 30), True),
    # Friday 23:30, worked: + 2 h (§3); answered 01:40, ten minutes late
    "friday_night": Answered(at(2025, 10, 10, 23, 30), at(2025, 10, 11, 1, 30), False),
    # Saturday, worked: 16:40 + 2 h; answered 19:10, half an hour late
    "worked_saturday": Answered(at(2025, 10, 11, 16, 40), at(2025, 10, 11, 18, 40), False),
    # Sunday, worked: 23:10 + 2 h over midnight; answered 00:40
    "worked_sunday_night": Answered(at(2026, 1, 4, 23, 10), at(2026, 1, 5, 1, 10), True),
    # Sunday before the Spring Festival, rest: 08:00 + 4 h (§3); answered 11:30
    "before_festival": Answered(at(2026, 2, 15, 8), at(2026, 2, 15, 12), True),
    # Tuesday, worked: 08:35 + 2 h; answered 08:41
    "outage": Answered(at(2025, 8, 19, 8, 35), at(2025, 8, 19, 10, 35), True),
    # Saturday, rest: 22:20 + 4 h over midnight; answered 22:31
    "night_outage": Answered(at(2026, 1, 31, 22, 20), at(2026, 2, 1, 2, 20), True),
}

# A21: 24 elapsed hours from the notice; from 2025-12-01 on the supplement says 12.
A_ON_SITE = {
    # notice with the report, 08-19 08:35 + 24 h; there at 14:10 on the same day
    "outage": (at(2025, 8, 20, 8, 35), True),
    # graded major with business stopped at 22:45, which is the notice; + 12 h; there at 13:15: two and a half hours late
    "night_outage": (at(2026, 2, 1, 10, 45), False),
}

# Routine: 13 months touched (2025-03 … 2026-03) of 20 tickets each; in each month one answered late, one cancelled,
# one on the client's own computer (A29: neither of the last two counts).
A_ROUTINE = 13 * 20
# 9 dated ones, 2 outages, material, accepted, rejected, deemed, festival, two reports of one fault, one requirement.
A_NAMED = 9 + 2 + 5 + 2 + 1
# Missed calls become tickets (A19); all three were called back in time.
A_MISSED_CALLS = 3
A_TICKETS = A_ROUTINE + A_NAMED + A_MISSED_CALLS  # 260 + 19 + 3 = 282
# 13 × (20 − 2) routine; 19 − 2 named (the requirement lies outside; one event is one ticket, so the second report of the
# same fault counts with the first); 3 calls: 234 + 17 + 3
A_RESPONSES_COUNTED = 254
# late: 13 routine (one a month), friday_night, worked_saturday = 15
A_RESPONSES_KEPT = 254 - 15

# A36 with the Civil Code's roll-over: three natural days after the day of receipt; a last day of rest moves on.
A_ACCEPTANCE = {
    # Thursday 04-10 + 3 = Sunday 04-13, rest → Monday
    "accepted": (date(2025, 4, 10), date(2025, 4, 14)),
    # 09-25 + 3 = Sunday 09-28, but worked (§3)
    "rejected": (date(2025, 9, 25), date(2025, 9, 28)),
    # the second round: Tuesday 10-14 + 3 = Friday 10-17
    "rejected_again": (date(2025, 10, 14), date(2025, 10, 17)),
    # 09-30 + 3 = 10-03, National Day until 10-08 → 10-09 (§3)
    "deemed": (date(2025, 9, 30), date(2025, 10, 9)),
    # 2026-02-12 + 3 = 02-15, rest, festival until 02-23 → 02-24 (§3)
    "festival": (date(2026, 2, 12), date(2026, 2, 24)),
    # the whole contract's: Thursday 2026-03-26 + 3 = Sunday 03-29 → Monday 03-30
    "final": (date(2026, 3, 26), date(2026, 3, 30)),
}
# A37: the last day ends at 24:00 (Civil Code 203): 10-10 00:00.
A_DEEMED_AT = at(2025, 10, 10, 0)
A_ACCEPTED_ON = date(2026, 3, 30)

# A18: effective 2025-06-01, so notice by 2025-05-02 (§3). It came on 05-12: 06-01 is (31 − 12) + 1 = 20 days later,
# 30 − 20 = 10 days too few.
A_NOTICE_BY = date(2025, 5, 2)
A_NOTICE_DAYS = 20
A_NOTICE_SHORT_BY = 10

# A25, #4: application received 2025-12-22, invoice 12-24. Seven working days after the later one: 12-25, 26, 29, 30, 31
# (5), Sunday 01-04, worked (6), 01-05 (7). Later of that and the fixed 12-31: 2026-01-05.
A_DUE_ON = date(2026, 1, 5)
A_PAID_ON = date(2026, 1, 20)
A_FEE = Decimal("28000.00")
# P-A2 (A42): natural days after the due day, 20 − 5; 28 000.00 × 0.005 = 140.00 a day.
A_DAYS_LATE = 15
A_LATE_FEE = Decimal("2100.00")  # 15 × 140.00
# P-A1, P-A3, P-A4: 28 000 / 12 × 0.005 = 2 333.333… × 0.005 = 11.6666… → 11.67 an event.
A_EVENT_PENALTY = Decimal("11.67")
# The night outage: P-A4 with a refund that both agreed, 11.67 + 200.00.
A_DAILY_USE_SETTLED = Decimal("211.67")

# The supplement's instalment: application 2026-03-02, invoice 03-04; 03-05, 06, 09, 10, 11, 12, 13 → 03-13. Paid 03-11.
A_EXTRA = Decimal("2400.00")
A_EXTRA_DUE_ON = date(2026, 3, 13)

# A28: asked 2025-06-03, due 06-10, delivered 06-24: 14 days late.
A_MATERIAL_DAYS_LATE = 14

# A13, #18: an inspection for every calendar month touched.
A_INSPECTIONS = 13
A_INSPECTIONS_LATE = 2  # July handed in on 08-01, October on 11-03
# A10: a summary a month, due on the fifth working day of the next one by our default.
A_SUMMARIES = 13
A_SUMMARIES_LATE = 1  # December, due 2026-01-08 (01-04 worked, 05, 06, 07, 08), handed in on 01-12
A_SUMMARY_DUE = {
    date(2025, 3, 1): date(2025, 4, 8),  # 04-01, 02, 03, 07, 08: 04-04 is a holiday
    date(2025, 9, 1): date(2025, 10, 14),  # 10-09, 10, Saturday 11 (worked), 13, 14
    date(2025, 12, 1): date(2026, 1, 8),
    date(2026, 1, 1): date(2026, 2, 6),  # 02-02 … 02-06
    date(2026, 3, 1): date(2026, 4, 8),  # 04-01, 02, 03, 07, 08: 04-06 is a holiday
}

# A19: 365 × 24 from 2025-03-04 to 2026-03-31 is 393 days (#1); one night was left open, Saturday 2025-07-19 20:00
# to Sunday 08:00.
A_DUTY_GAP = (at(2025, 7, 19, 20), at(2025, 7, 20, 8))
A_DAYS = 28 + 30 + 31 + 30 + 31 + 31 + 30 + 31 + 30 + 31 + 31 + 28 + 31  # March 04–31 … March 2026 = 393

# --- Year B ----------------------------------------------------------------------------------------------------------

# B33: signed and sealed, the later of the two per party: vendor 07-03, bureau signed 07-04 and sealed 07-07.
B_EFFECTIVE = date(2025, 7, 7)
B_TICKETS = 12 * 15 + 4  # 15 a month July to June, and four with names

# B25–B27: 148 800.00 × 70 % and × 30 %.
B_FIRST = Decimal("104160.00")
B_FINAL = Decimal("44640.00")
# B26: effective on 07-07, invoice received on 07-07: 60 working days after it is Sunday 2025-09-28, worked (§3).
B_FIRST_DUE_ON = date(2025, 9, 28)
B_FIRST_PAID_ON = date(2025, 10, 24)
# §3: due 09-28, paid 10-24 → 15 working days late (09-29, 30; 10-09, 10, 11, 13–17, 20–24) = 3 completed blocks of 5.
B_BLOCKS_LATE = 3
B_LATE_FEE = Decimal("223.20")  # 3 × 148 800 × 0.0005 = 3 × 74.40
# B27: service ends 2026-07-06, accepted 07-07, invoice received 07-07: 30 working days after 07-07 (§3).
B_FINAL_DUE_ON = date(2026, 8, 18)
B_FINAL_PAID_ON = date(2026, 8, 14)
B_ACCEPTED_ON = date(2026, 7, 7)

# B30: ordered 2025-09-15 to be mended by 09-22, mended and checked on 10-21: the gate is closed from 09-23 to 10-21.
B_GATE_CLOSED = (date(2025, 9, 23), date(2025, 10, 21))

# B23. 2025-07-07 and 2026-07-06 are both Mondays: 52 whole weeks and a Monday → 53 weeks touched; July 2025 … July 2026
# → 13 months touched.
B_CYCLES = {"weekly": 53, "monthly": 13, "statistics": 13, "inspection": 13}
B_LATE = {
    # weeks of 08-18 (due 08-25 12:00, came 16:20), 12-22 (12-29 12:00, 12-30), 2026-03-16 (03-23 12:00, 12:01)
    "weekly": 3,
    "monthly": 1,  # November, due 12-03 (12-01, 02, 03), came 12-05
    "statistics": 2,  # January, due 02-06, came 02-09; May, due 06-05 (06-01 … 05), came 06-08
    "inspection": 0,
}
B_DUE = {
    ("weekly", date(2025, 7, 7)): at(2025, 7, 14, 12),
    ("weekly", date(2026, 3, 16)): at(2026, 3, 23, 12),
    # the Monday after it is 10-06, National Day until 10-08: the first day after the rest (Civil Code 203), same hour
    ("weekly", date(2025, 9, 29)): at(2025, 10, 9, 12),
    # third working day: the day ends at 24:00
    ("monthly", date(2025, 7, 1)): at(2025, 8, 6, 0),  # 08-01, 04, 05
    ("monthly", date(2025, 9, 1)): at(2025, 10, 12, 0),  # 10-09, 10, Saturday 11 (worked)
    ("monthly", date(2025, 12, 1)): at(2026, 1, 7, 0),  # Sunday 01-04 (worked), 05, 06
    ("monthly", date(2026, 4, 1)): at(2026, 5, 9, 0),  # 05-06, 07, 08: 05-01, 04, 05 are holidays
    # fifth working day
    ("statistics", date(2025, 7, 1)): at(2025, 8, 8, 0),  # 08-01, 04, 05, 06, 07
    ("statistics", date(2025, 9, 1)): at(2025, 10, 15, 0),  # 10-09, 10, 11, 13, 14
    ("statistics", date(2026, 4, 1)): at(2026, 5, 12, 0),  # 05-06, 07, 08, Saturday 09 (worked), 11
}
