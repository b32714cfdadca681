"""The simulated calls; importing this package registers them all."""

from server.simulators.wechat.endpoints import (
    component,
    content,
    links,
    login,
    operations,
    platform,
    quotas,
    subscribe,
    tokens,
)
from server.simulators.wechat.endpoints.wire import ENDPOINTS, Asked, Picture, answer

__all__ = [
    "ENDPOINTS",
    "Asked",
    "Picture",
    "answer",
    "component",
    "content",
    "links",
    "login",
    "operations",
    "platform",
    "quotas",
    "subscribe",
    "tokens",
]
