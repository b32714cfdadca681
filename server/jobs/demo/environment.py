"""The settings of a demo: made once, kept beside its data, so that a second start finds its keys again."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import string
from pathlib import Path

FILE = "settings.json"
APPID = "wx" + "5a1c0de5a1c0de00"
PLATFORM = "wx" + "c0c0c0c0c0c0c0c0"


def kept(folder: Path) -> dict[str, str]:
    """The demo's own settings; keys are random and stay with the data that they seal."""
    path = folder / FILE
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found
    made = {
        "SHIJIAN_PROFILE": "demo",
        "SHIJIAN_BUREAU_NAME": "川江市市场监督管理局东湖分局",
        "SHIJIAN_DATA_DIR": str(folder),
        "SHIJIAN_SECRET_KEY": secrets.token_urlsafe(48),
        "SHIJIAN_FIELD_KEYS": f"demo1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "SHIJIAN_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SHIJIAN_TWO_FACTOR_REQUIRED": "false",
        "SHIJIAN_WECHAT_APPID": APPID,
        "SHIJIAN_WECHAT_SECRET": secrets.token_hex(16),
        "SHIJIAN_WECHAT_TOKEN": secrets.token_hex(12),
        "SHIJIAN_WECHAT_AES_KEY": _aes_key(),
        "SHIJIAN_WECHAT_STATE": "developer",
        "SHIJIAN_WECHAT_PLATFORM_APPID": PLATFORM,
        "SHIJIAN_WECHAT_PLATFORM_SECRET": secrets.token_hex(16),
        "SHIJIAN_WECHAT_PLATFORM_TOKEN": secrets.token_hex(12),
        "SHIJIAN_WECHAT_PLATFORM_AES_KEY": _aes_key(),
        "SHIJIAN_LOG_LEVEL": "WARNING",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, indent=2, ensure_ascii=False), encoding="utf-8")
    return made


def _aes_key() -> str:
    """An EncodingAESKey: 43 letters and digits that are 32 bytes in base64."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(42)) + "A"


def port(preferred: int) -> int:
    """The preferred port if it is free, else any; 0 prefers none."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def whole(folder: Path, *, ports: tuple[int, int] = (8000, 8090)) -> dict[str, str]:
    """Kept settings with this start's addresses, over an environment without settings of ours.

    ``ports`` are those that service and simulator take if they can.
    """
    service, simulator = (port(preferred) for preferred in ports)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHIJIAN_")}
    return (
        clean
        | kept(folder)
        | {
            "SHIJIAN_BASE_URL": f"http://127.0.0.1:{service}",
            "SHIJIAN_WECHAT_BASE_URL": f"http://127.0.0.1:{simulator}",
            "SHIJIAN_SIMULATOR_URL": f"http://127.0.0.1:{simulator}",
        }
    )
