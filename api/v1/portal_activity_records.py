"""The activity record of an own contract in the portal (13(10))."""

from api.v1.activity_records import FORMATS, MEDIA_TYPES, ActivityRecordOut, activity_record_reply
from api.v1.calls import Call, Reply
from api.v1.routing import get
from billing.services.access.rights import Right


@get(
    "/portal/contracts/{contract_id:int}/activity-records/{month:str}",
    right=Right.PORTAL_READ,
    query=FORMATS,
    gives=ActivityRecordOut,
    media_types=MEDIA_TYPES,
    writes=True,
)
def get_portal_activity_record(call: Call) -> Reply:
    """Give the activity record of a month, as it is billed or as it stands now."""
    return activity_record_reply(call)
