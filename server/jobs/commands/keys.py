"""``shijian keys rotate``: seal everything that lasts with the first key of SHIJIAN_FIELD_KEYS."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from server.core import crypto
from server.core.db import unit
from server.domain import documents, duty, identity, payments, referrals, tickets
from server.gateways import wechat
from server.jobs.commands.operator import application, operator

# Doors that seal one batch anew and say how much they found; what lives for a month or less wears off by itself.
DOORS: dict[str, Callable[[], int]] = {
    "citizens": identity.rotate_citizen_keys,
    "duty": duty.rotate_duty_keys,
    "officers": identity.rotate_officer_keys,
    "payments": payments.rotate_payee_keys,
    "platform": wechat.rotate_platform_keys,
    "referrals": referrals.rotate_referral_keys,
    "tickets": tickets.rotate_ticket_keys,
}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = commands.add_parser("keys", help="keys of sealed fields")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    verbs.add_parser("rotate", help="seal stored values with the current key; may be killed and repeated").set_defaults(
        run=run
    )


def run(_options: argparse.Namespace) -> int:
    """Work in small units beside the running service until nothing is left."""
    with application():
        for name, door in DOORS.items():
            total = 0
            while True:
                with unit():
                    found = door()
                if not found:
                    break
                total += found
            print(f"{name}: {total}")
        current = crypto.ring().current
        with unit():
            # Papers that an old key sealed stay provable when it has left the ring.
            documents.keep_seal_keys(operator())
            identity.record(
                operator(), "keys.rotated", subject=("key", current), summary=f"存量加密数据已改用密钥 {current} 加密"
            )
    print(f"全部长期数据已使用密钥 {current}；旧密钥请再保留 35 天，供短期数据解密。")
    return 0
