"""A browser by its name, from what it says of itself: for people who look through their sign-ins."""

from __future__ import annotations

BROWSERS = (
    ("MicroMessenger", "微信内置浏览器"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ 浏览器"),
    ("360SE", "360 浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """Such as "Chrome · Windows"; 未知浏览器 for what names itself otherwise. The order tells apart who claims to be others."""
    name = next((label for mark, label in BROWSERS if mark in agent), "未知浏览器")
    system = next((label for mark, label in SYSTEMS if mark in agent), "")
    return f"{name} · {system}" if system else name
