"""Files of a case: what the controller handed in, and what we keep of it; their bytes are under `/files`."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, post
from billing.clause.reading import read_object
from billing.services.access.rights import Right
from billing.services.case_files import CASE_FILE, keep_case_file, list_case_files
from billing.services.cases import case_by_id

_FILE = {"name": "antrag.txt", "content": "QW50cmFnIGF1ZiBBdXNrdW5mdA=="}


class CaseFileOut(BaseModel):
    """A file without its bytes."""

    file_id: int = Field(description="`GET /files/{file_id}` gives its bytes.")
    name: str
    media_type: str
    size: int
    sha256: str
    note: str | None
    recorded_at: AwareDatetime


class CaseFilesOut(BaseModel):
    """The files of a case in the order they came."""

    items: list[CaseFileOut]


def show_files(rows: list[Any]) -> list[CaseFileOut]:
    """Give files as the API shows them."""
    return [
        CaseFileOut(
            file_id=row.stored_file_id,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            note=row.note,
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


def _files(call: Call, case: Any) -> CaseFilesOut:
    return CaseFilesOut(items=show_files(list_case_files(call.session, case)))


@get("/cases/{case_id:int}/files", right=Right.READ_CASES, gives=CaseFilesOut)
def get_case_files(call: Call) -> Reply:
    """List the files of a case."""
    return Reply(_files(call, case_by_id(call.session, call.path["case_id"])))


@post("/cases/{case_id:int}/files", right=Right.WORK, reads=CASE_FILE, gives=CaseFilesOut, example={"file": _FILE})
def keep_case_file_(call: Call) -> Reply:
    """Keep a file with a case; what it is is told from its bytes."""
    said = read_object(call.raw, "", CASE_FILE)
    case = case_by_id(call.session, call.path["case_id"])
    keep_case_file(call.session, call.act, case, said["file"], said.get("note"), path="file")
    return Reply(_files(call, case))
