"""An export of personal data as one JSON document: the same over HTTP and as a file."""

import json
import os
from pathlib import Path
from typing import Any

from api.answers import jsonable
from billing.errors import InvalidInput, reason_of
from billing.services.personal_data import Group, PersonalData
from billing.texts import LANGUAGES, sentence


def personal_document(data: PersonalData) -> dict[str, Any]:
    """Give an export with the names of its tables in both languages."""
    return {
        "about": data.kind,
        "ref": data.ref,
        "as_of": jsonable(data.as_of),
        "groups": [_shown(group) for group in data.groups],
        "deeds": [_shown(group) for group in data.deeds],
    }


def write_document(data: PersonalData, file: Path) -> None:
    """Write an export to a new file that its owner alone can read; InvalidInput `file_not_writable`."""
    text = json.dumps(personal_document(data), ensure_ascii=False, indent=2) + "\n"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise InvalidInput("file_not_writable", path="out", value=file, reason=reason_of(error)) from None


def _shown(group: Group) -> dict[str, Any]:
    labels = {f"label_{lang}": sentence(f"label.table_{group.table}", lang) for lang in LANGUAGES}
    return {"table": group.table, **labels, "rows": group.rows}
