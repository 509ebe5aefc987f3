"""Files: receipts, proofs and issued documents, for who may see what they belong to; every download is on record."""

from api.v1.calls import Call, Nothing, Reply
from api.v1.downloads import MEDIA_TYPES, send
from api.v1.routing import get
from billing.services.access.rights import Right
from billing.services.files import give_file
from billing.services.moments import local_day


@get("/files/{file_id:int}", right=Right.READ_MASTER_DATA, gives=Nothing, media_types=MEDIA_TYPES, writes=True)
def get_file(call: Call) -> Reply:
    """Download a file, proved against its hash.

    Receipts and other proofs need the right `read_cases`, files of issued documents `read_months`.
    """
    today = local_day(call.act.at, call.zone)
    file = give_file(call.session, call.act, call.who, call.path["file_id"], today)
    return send(file.name, file.media_type, file.content)
