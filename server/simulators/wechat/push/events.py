"""The events that WeChat pushes, as JSON objects, and the same as XML."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

WRAPPERS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


def event(to: str, sender: str, at: int, name: str, **fields: Any) -> dict[str, Any]:
    """The frame of every event."""
    return {"ToUserName": to, "FromUserName": sender, "CreateTime": at, "MsgType": "event", "Event": name, **fields}


def listed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """``List`` is an object when there is one row and an array when there are more, as WeChat really sends it."""
    return {"List": rows[0] if len(rows) == 1 else list(rows)}


def choices(results: dict[str, str], *, popup: bool) -> list[dict[str, Any]]:
    """Rows of the popup and change events; results are accept or reject by template id."""
    scene = {"PopupScene": "0"} if popup else {}
    return [{"TemplateId": tid, "SubscribeStatusString": choice, **scene} for tid, choice in results.items()]


def to_xml(body: dict[str, Any]) -> str:
    """The XML form; rows of subscribe events sit in an element of their own there."""
    fields = dict(body)
    wrapper = WRAPPERS.get(str(fields.get("Event")))
    if wrapper and "List" in fields:
        fields[wrapper] = {"List": fields.pop("List")}
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: dict[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, str):
        safe = value.replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{safe}]]></{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"
