"""A worker is killed between WeChat's taking a message and our noting it: nothing is lost, nothing is doubled."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.app import create_app
from server.core.db import db, reading, unit
from server.domain.notices import Message, MessageState
from server.settings import Settings
from tests.support import outbox
from tests.support.databases import chosen_databases, fresh_database
from tests.support.service import running_service, wait_until
from tests.support.wechat import running_simulator

SEND = "/cgi-bin/message/subscribe/send"
MANY = 12


@pytest.mark.slow
@pytest.mark.parametrize("make", chosen_databases())
def test_a_killed_worker_loses_no_message_and_doubles_none(tmp_path, make):
    with running_simulator() as sim, fresh_database(make, tmp_path) as database:
        config = sim.config
        settings = {
            "wechat_appid": config.appid,
            "wechat_secret": config.secret,
            "wechat_token": config.token,
            "wechat_aes_key": config.aes_key,
            "wechat_timeout_seconds": "60",
            "job_lease_seconds": "2",
        }
        with running_service(database.url, tmp_path, wechat_base_url=sim.url, settings=settings) as service:
            sim.callback(url=f"{service.url}/api/wechat/callback")
            sim.fault({"kind": "stall", "seconds": 60, "done": True}, SEND, nth=5)
            app = create_app(Settings.from_env(service.environ))
            with app.app_context():
                with unit():
                    outbox.set_template()
                with unit():
                    person = outbox.Person.signed_in(sim)
                    person.subscribe(sim, MANY)
                    for number in range(MANY):
                        person.told(f"event-{number}")
                wait_until(lambda: len(sim.messages()) == MANY and states() >= MANY - 1, "all but one are noted")
                service.workers[0].kill()
                service.start_worker()
                wait_until(lambda: states() == MANY, "the push has settled the last one")
                assert len(sim.messages()) == MANY
                db.session.remove()
                db.engine.dispose()


def states() -> int:
    """How many messages are known as sent."""
    count = sa.select(sa.func.count()).select_from(Message).where(Message.state == MessageState.SENT)
    with reading() as look:
        return look.scalar(count) or 0
