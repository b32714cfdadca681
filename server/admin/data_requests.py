"""Citizens' requests about their own data: copies and deletions, with the day by which each must be met."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import clock
from server.domain import calendar, identity
from server.domain.calendar import CalendarMissing, WorkCalendar
from server.domain.identity import DataRequest, DataRequestState, Permission

blueprint = Blueprint("data_requests", __name__, url_prefix="/admin/data-requests")

COLUMNS = (
    Column("kind", "请求", optional=False),
    Column("citizen", "市民"),
    Column("state", "状态"),
    Column("requested_at", "提出时间", sort="requested_at"),
    Column("due_on", "最迟办结", sort="due_on"),
    Column("left", "剩余工作日"),
    Column("done_at", "办结时间", sort="done_at"),
    Column("action", "操作", optional=False),
)
ORDERS = {
    "requested_at": DataRequest.requested_at,
    "due_on": DataRequest.due_on,
    "done_at": DataRequest.done_at,
}


@blueprint.get("/")
@needs(Permission.DATA_REQUEST_HANDLE)
def index() -> Response:
    """The requests, newest first."""
    actor = current_actor()
    listing = Listing("requests", COLUMNS, request.args, default_sort="-requested_at")
    asked = request.args.get("state", "")
    state = DataRequestState(asked) if asked in set(DataRequestState) else None
    query = identity.data_requests_matching(actor, state=state)
    found = paged(query, listing, ORDERS, tie=DataRequest.id.desc())
    works = calendar.load()
    return page(
        "data_requests/index.html",
        "data_requests/_rows.html",
        listing=listing,
        found=found,
        states=DataRequestState.choices(),
        names=identity.names_of({each.citizen_id for each in found.items}),
        left_of={each.id: _left(each, works) for each in found.items},
        today=clock.today(),
    )


@blueprint.post("/<uuid:request_id>/close")
@needs(Permission.DATA_REQUEST_HANDLE)
def close(request_id: uuid.UUID) -> Response:
    """Note by hand that every part of a deletion is done."""
    identity.close_data_request(current_actor(), request_id)
    toast("已办结")
    return redirect_to("data_requests.index")


def _left(asked: DataRequest, works: WorkCalendar) -> int | None:
    """Working days until the last day, negative when it is over; None when done, or not to be said."""
    if asked.state is not DataRequestState.OPEN or asked.due_on is None:
        return None
    today = clock.today()
    try:
        if asked.due_on < today:
            return -calendar.working_days_between(works, asked.due_on, today).days
        return calendar.working_days_between(works, today, asked.due_on).days
    except CalendarMissing:
        return None
