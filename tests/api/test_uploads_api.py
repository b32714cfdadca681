"""Pictures over HTTP: taken, refused with a reason, served to their owner, and to WeChat by a signed address."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.domain import tickets
from server.domain.tickets import Attachment
from tests.factories import citizens, identity
from tests.factories.citizens import bearer
from tests.factories.tickets import picture, ticket, upload
from tests.gateways.test_images import png_of_zeros

URL = "/api/v1/uploads"


def send(client: Any, raw: bytes, headers: dict[str, str], name: str = "a.png") -> Any:
    return client.post(URL, data={"file": (io.BytesIO(raw), name)}, headers=headers)


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture
def wang(session: Any) -> Any:
    return citizens.citizen("wang")


def test_taken_and_served_to_its_owner(client: Any, wang: Any) -> None:
    answer = send(client, picture(), bearer(wang))
    assert answer.status_code == 201, answer.json
    told = answer.json
    assert (told["width"], told["height"], told["state"], told["mime"]) == (120, 80, "pending", "image/png")
    url = f"/api/v1/attachments/{told['id']}"
    served = client.get(url, headers=bearer(wang))
    assert (served.status_code, served.mimetype, len(served.data)) == (200, "image/png", told["size"])
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{url}?thumb=true", headers=bearer(wang)).mimetype == "image/jpeg"
    assert client.head(url, headers=bearer(wang)).status_code == 200
    zhao = citizens.citizen("zhao")
    refused = client.get(url, headers=bearer(zhao))
    assert (refused.status_code, refused.json["code"]) == (404, "attachment_not_found")
    assert client.get(url).status_code == 401


def test_a_repeated_key_is_one_picture(client: Any, wang: Any, session: Any) -> None:
    headers = bearer(wang)
    first, again = send(client, picture(), headers), send(client, picture(), headers)
    assert first.json == again.json
    assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture_type"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "picture_type"),
        (b"", "picture_type"),
        (picture()[:60], "picture_broken"),
        (png_of_zeros(12_000, 12_000), "picture_too_large"),
    ],
)
def test_refused_with_a_reason(client: Any, wang: Any, raw: bytes, code: str) -> None:
    headers = bearer(wang)
    answer = send(client, raw, headers)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.json["detail"]
    assert send(client, picture(), headers).status_code == 201  # a refusal uses up no key


def test_too_many_bytes(client: Any, wang: Any) -> None:
    # a body of our own making: the test client would spool a form of this size into a file that it leaves open
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head + bytes(12 * 1024 * 1024) + b"\r\n--x--\r\n"
    answer = client.post(URL, data=body, content_type="multipart/form-data; boundary=x", headers=bearer(wang))
    assert answer.status_code == 413


def test_the_form_has_one_file(client: Any, wang: Any) -> None:
    two = {"file": (io.BytesIO(picture()), "a.png"), "more": (io.BytesIO(picture()), "b.png")}
    assert client.post(URL, data=two, headers=bearer(wang)).status_code == 422
    assert client.post(URL, json={}, headers=bearer(wang)).status_code == 415
    assert client.post(URL, data={}, headers=bearer(wang)).status_code in (415, 422)


def test_somebody_unknown_may_upload_and_attach(client: Any, session: Any) -> None:
    told = send(client, picture(), keyed()).json
    assert told["state"] == "review"
    body = {"kind": "bug", "text": "打不开", "upload_ids": [told["id"]]}
    assert client.post("/api/v1/tickets", json=body, headers=keyed()).status_code == 201
    wang = citizens.citizen("wang")
    other = send(client, picture(), keyed()).json
    answer = client.post("/api/v1/tickets", json=body | {"upload_ids": [other["id"]]}, headers=bearer(wang))
    assert answer.status_code == 422


def test_consent_is_needed(client: Any, session: Any) -> None:
    citizens.privacy_notice()
    li = citizens.citizen("li", consented=False)
    answer = send(client, picture(), bearer(li))
    assert (answer.status_code, answer.json["code"]) == (403, "consent_required")


def test_wechat_fetches_by_a_signed_address(client: Any, wang: Any) -> None:
    kept = upload(citizens.actor(wang))
    token = tickets.media_token(kept.id, minutes=30)
    served = client.get(f"/media/{token}")
    assert (served.status_code, served.mimetype, len(served.data)) == (200, "image/png", kept.size)
    for wrong in (token[:-2], f"{token}x", str(kept.id)):
        assert client.get(f"/media/{wrong}").status_code == 404
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert client.get(f"/media/{token}").status_code == 404


def test_staffs_inside_pictures_stay_inside(client: Any, wang: Any) -> None:
    lin = identity.actor("lin")
    made = ticket(citizens.actor(wang))
    inside = upload(lin)
    tickets.comment(lin, made.id, text="内部", public=False, upload_ids=[inside.id])
    assert client.get(f"/api/v1/attachments/{inside.id}", headers=bearer(wang)).status_code == 404
    outside = upload(lin)
    tickets.respond(lin, made.id, text="请看图", upload_ids=[outside.id])
    assert client.get(f"/api/v1/attachments/{outside.id}", headers=bearer(wang)).status_code == 200
