"""Celery on RabbitMQ, as far as the queue needs it: one quorum queue a lane, and messages that carry a row's id."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from amqp.exceptions import AMQPError  # type: ignore[import-untyped]  # py-amqp has no types
from celery import Celery
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError

from server.gateways.queue.intake import Offer
from server.gateways.queue.models import Lane

log = logging.getLogger(__name__)

TASK = "shijian.run"
CONNECT_SECONDS = 2.0
REST_SECONDS = 5.0


def celery_for(amqp_url: str, prefix: str) -> Celery:
    """A Celery application that acknowledges late, takes one message at a time, and keeps no results."""
    exchange = Exchange(prefix, type="direct", durable=True)  # type: ignore[no-untyped-call]  # kombu has no types
    app = Celery("shijian", broker=amqp_url, set_as_current=False)
    app.conf.update(
        task_queues=[_queue(prefix, exchange, lane) for lane in Lane],
        task_default_queue=queue_name(prefix, Lane.DEFAULT),
        task_default_exchange=prefix,
        task_default_exchange_type="direct",
        task_default_routing_key=Lane.DEFAULT.value,
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        result_backend=None,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options={"confirm_publish": True},
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=20,
        enable_utc=True,
        timezone="UTC",
    )
    return app


def _queue(prefix: str, exchange: Exchange, lane: Lane) -> Queue:
    kind = {"x-queue-type": "quorum"}
    return Queue(queue_name(prefix, lane), exchange, lane.value, queue_arguments=kind)  # type: ignore[no-untyped-call]  # as above


def queue_name(prefix: str, lane: Lane) -> str:
    """The name of a lane's queue."""
    return f"{prefix}.{lane.value}"


class AmqpTransport:
    """Publishes the ids of committed jobs. While the broker is away it rests, and the sweep repeats what was missed."""

    def __init__(self, celery: Celery, prefix: str, patience: timedelta) -> None:
        self.patience: timedelta | None = patience
        self._celery = celery
        self._prefix = prefix
        self._rest_until = 0.0

    def announce(self, offers: Sequence[Offer]) -> bool:
        """Publish one message a job; False if the broker is away."""
        if time.monotonic() < self._rest_until:
            return False
        try:
            with self._celery.producer_or_acquire() as producer:
                for offer in offers:
                    self._publish(producer, offer)
        except (OperationalError, AMQPError, OSError) as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            log.warning("broker away, the sweep will repeat: %s", type(error).__name__)
            return False
        return True

    def _publish(self, producer: object, offer: Offer) -> None:
        self._celery.send_task(
            TASK,
            args=(offer.id.hex,),
            task_id=uuid.uuid4().hex,
            queue=queue_name(self._prefix, offer.lane),
            producer=producer,
            # Once more at once: the pooled connection may be older than the broker.
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
            confirm_timeout=CONNECT_SECONDS,
            ignore_result=True,
        )
