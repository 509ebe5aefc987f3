"""Everything held about one person, for that person (Art. 15, 20 DSGVO); each export is in the access log."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.personal_document import personal_document
from api.v1.calls import Call, Reply
from api.v1.routing import get
from billing.errors import NotFound
from billing.services.access.rights import Right
from billing.services.access.users import user_by_id
from billing.services.access.visitor import require_pledge
from billing.services.moments import local_day
from billing.services.party_changes import contact_by_id
from billing.services.personal_data import (
    Subject,
    export_personal_data,
    subject_of_contact,
    subject_of_user,
)


class GroupOut(BaseModel):
    """Rows of one table; moments in UTC, amounts in euros, sealed texts opened."""

    table: str
    label_de: str
    label_en: str
    rows: list[dict[str, Any]]


class PersonalDataOut(BaseModel):
    """What is held about somebody, and where that person recorded something about other matters."""

    about: str = Field(description="`person` or `contact`.")
    ref: str
    as_of: AwareDatetime
    groups: list[GroupOut]
    deeds: list[GroupOut]


@get("/me/personal-data", right=None, writes=True, gives=PersonalDataOut)
def export_own_data(call: Call) -> Reply:
    """Give all that is held about oneself; not to a token of fewer rights than its owner's."""
    call.who.require_all()
    if call.who.user_id is None:
        raise NotFound("user_unknown", user="")
    return _export(call, subject_of_user(call.session, user_by_id(call.session, call.who.user_id)))


@get("/users/{user_id:int}/personal-data", right=Right.PEOPLE, writes=True, gives=PersonalDataOut)
def export_user_data(call: Call) -> Reply:
    """Give all that is held about the holder of an account, to hand it to that person."""
    require_pledge(call.who.pledged_on, local_day(call.act.at, call.zone))
    return _export(call, subject_of_user(call.session, user_by_id(call.session, call.path["user_id"])))


@get("/contacts/{contact_id:int}/personal-data", right=Right.PEOPLE, writes=True, gives=PersonalDataOut)
def export_contact_data(call: Call) -> Reply:
    """Give all that is held about a contact, with or without an account, to hand it to that person."""
    require_pledge(call.who.pledged_on, local_day(call.act.at, call.zone))
    return _export(call, subject_of_contact(call.session, contact_by_id(call.session, call.path["contact_id"])))


def _export(call: Call, subject: Subject) -> Reply:
    data = export_personal_data(call.session, call.act, subject)
    return Reply(PersonalDataOut.model_validate(personal_document(data)))
