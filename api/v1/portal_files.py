"""The portal's downloads: the files of documents that were issued to the asking controller, and nothing else."""

from api.v1.calls import Call, Nothing, Reply
from api.v1.downloads import MEDIA_TYPES, send
from api.v1.routing import get
from billing.services.access.rights import Right
from billing.services.files import give_portal_file


@get("/portal/files/{file_id:int}", right=Right.PORTAL_READ, gives=Nothing, media_types=MEDIA_TYPES, writes=True)
def get_portal_file(call: Call) -> Reply:
    """Download a file of an own invoice: the PDF, the structured invoice or its activity record."""
    file = give_portal_file(call.session, call.act, call.who.controller_id, call.path["file_id"])
    return send(file.name, file.media_type, file.content)
