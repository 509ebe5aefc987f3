"""`mehraufwand admin`, `user`, `personal-data`: who may come in, with which roles, and what is held about somebody."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.inputs import given
from api.installation import opened
from api.options import Actor, Database, Json, ProcessorRef
from api.personal_document import write_document
from api.secret_input import new_password
from api.settings import read_settings
from billing.services.access.deactivation import deactivate_user
from billing.services.access.first_admin import create_admin, read_admin
from billing.services.access.grants import grant_of_role, grant_role, read_grant, revoke_grant
from billing.services.access.invitations import VALID_FOR, invite, read_invitation, send_invitation
from billing.services.access.resets import reset_access
from billing.services.access.users import Account, account_of_user, change_user, find_user, list_accounts
from billing.services.addresses import link_url
from billing.services.moments import processor_zone
from billing.services.personal_data import export_personal_data, find_subject

admins = typer.Typer(help="Die Administration: die erste Person, die alle anderen einlädt.", no_args_is_help=True)
users = typer.Typer(help="Konten: einladen, Rollen geben und nehmen, zurücksetzen, schließen.", no_args_is_help=True)
personal_data = typer.Typer(
    help="Auskunft nach Art. 15 DSGVO: alles, was über eine Person gespeichert ist.", no_args_is_help=True
)

_EMAIL = Field("email", "E-Mail-Adresse des Kontos.", Kind.ARGUMENT)
_UNTIL = Field("expires_at", "Ende der Rolle, etwa '2027-01-01 00:00'; sonst bis auf Weiteres.", Kind.MOMENT)
_ROLES = "staff, lead, accountant, admin, auditor; für Ansprechpartner controller_approver oder controller_reader."
_PAGE = 200


@admins.command("create")
def create(  # noqa: PLR0913 - the options of one command
    *,
    email: Annotated[str, typer.Option("--email", help="E-Mail-Adresse, mit der sich die Person anmeldet.")],
    name: Annotated[str | None, typer.Option("--name", help="Name; er bleibt verschlüsselt.")] = None,
    initials: Annotated[str | None, typer.Option("--initials", help="Initialen, wie Nachweise sie zeigen.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="Kürzel, wenn die Person schon angelegt ist.")] = None,
    pledged_on: Annotated[
        str | None, typer.Option("--confidentiality-pledged-on", help="Tag der Verpflichtung auf Vertraulichkeit.")
    ] = None,
    lang: Annotated[str | None, typer.Option("--language", help="Sprache ihrer E-Mails: de (sonst) oder en.")] = None,
    by_mail: Annotated[bool, typer.Option("--invite", help="Kein Kennwort fragen, sondern einen Link geben.")] = False,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="Datei, deren erste Zeile das Kennwort ist.")
    ] = None,
    another: Annotated[bool, typer.Option("--another", help="Noch eine, obwohl es schon eine gibt.")] = False,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Die erste Administration anlegen. Fragt das Kennwort zweimal; ein vorgegebenes gibt es nirgends.

    mehraufwand admin create --email chefin@betrieb.example --name "Cora Hof" --initials CH
    """
    said = given(email=email, name=name, initials=initials, person=person, language=lang)
    new = read_admin(said | given(confidentiality_pledged_on=pledged_on))
    with opened(db, processor, actor) as here:
        password = None if by_mail else new_password(password_file)
        with here.session() as session:
            user, secret = create_admin(session, here.act, new, password, another=another)
            zone = processor_zone(session)
            values: dict[str, Any] = {"email": user.email, "ref": account_of_user(session, user, here.act.at).ref}
    if secret is None:
        Done("admin_created", values).print(json=json, zone=zone)
        return
    link = link_url(read_settings().base_url or "", secret)
    Done("admin_invited", values | {"until": here.act.at + VALID_FOR, "path": link}).print(json=json, zone=zone)


@command(users, "list", read_only=True)
def list_all_users(call: Call) -> Answer:
    """Alle Konten mit ihren Rollen auflisten, auch geschlossene."""
    rows: list[Account] = []
    while len(page := list_accounts(call.session, call.act.at, after=rows[-1].id if rows else 0, most=_PAGE)) > 0:
        rows += page
    shown = [
        {
            "email": row.user.email,
            "name": row.name,
            "ref": row.ref,
            "account_state": row.state.value,
            "roles": [role.value for role in row.roles],
        }
        for row in rows
    ]
    return Listing("users", shown, "email name ref account_state roles")


@command(
    users,
    "invite",
    (
        _EMAIL,
        Field("role", f"Rolle; mehrmals für mehrere. {_ROLES} Pflicht.", Kind.MANY),
        Field("reason", "Warum die Person das darf. Pflicht."),
        Field("person", "Kürzel der eigenen Mitarbeiterin oder des Mitarbeiters."),
        Field("controller", "Kürzel des Auftraggebers, wenn sein Ansprechpartner mit dieser Adresse gemeint ist."),
        Field("language", "Sprache der E-Mails an diese Person: de (sonst) oder en."),
        _UNTIL,
    ),
)
def invite_one(call: Call) -> Answer:
    """Jemandem ein Konto öffnen; der Link zum eigenen Kennwort kommt per E-Mail, ohne Optionen noch einmal.

    mehraufwand user invite mia@betrieb.example --person ML --role staff --reason "Neue Kollegin"
    """
    if call.raw.keys() == {"email"}:
        user = find_user(call.session, call.take("email"), "email")
        send_invitation(call.session, call.act, user)
    else:
        user = invite(call.session, call.act, read_invitation(call.raw | {"roles": call.take("role") or []}))
    account = account_of_user(call.session, user, call.act.at)
    return Done("user_invited", {"email": user.email, "roles": ", ".join(role.value for role in account.roles)})


@command(
    users,
    "change",
    (_EMAIL, Field("new_email", "Neue Adresse; beide bekommen Bescheid."), Field("language", "de oder en.")),
)
def change_one(call: Call) -> Answer:
    """Adresse oder Sprache eines Kontos ändern."""
    user = find_user(call.session, call.take("email"), "email")
    changes = {name.removeprefix("new_"): value for name, value in call.raw.items()}
    return Done("user_changed", {"email": change_user(call.session, call.act, user, changes).email})


@command(
    users,
    "grant",
    (
        _EMAIL,
        Field("role", f"Rolle: {_ROLES} Pflicht."),
        Field("reason", "Warum die Person das darf. Pflicht."),
        _UNTIL,
    ),
)
def grant_one(call: Call) -> Answer:
    """Einem Konto eine Rolle geben.

    mehraufwand user grant mia@betrieb.example --role lead --reason "Urlaub" --expires-at "2027-01-01 00:00"
    """
    user = find_user(call.session, call.take("email"), "email")
    grant = grant_role(call.session, call.act, user, read_grant(call.raw))
    return Done("role_granted", {"email": user.email, "role": grant.role.value, "expires_at": grant.expires_at})


@command(users, "revoke", (_EMAIL, Field("role", "Die Rolle, die endet. Pflicht.")))
def revoke_one(call: Call) -> Answer:
    """Einem Konto eine Rolle nehmen; sie bleibt als vergangen auf dem Konto."""
    user = find_user(call.session, call.take("email"), "email")
    grant = grant_of_role(call.session, user, call.take("role") or "", call.act.at)
    revoke_grant(call.session, call.act, grant)
    return Done("role_revoked", {"email": user.email, "role": grant.role.value})


@command(
    users,
    "reset",
    (_EMAIL, Field("password", "Das Kennwort.", Kind.FLAG), Field("second_factor", "Den zweiten Faktor.", Kind.FLAG)),
)
def reset_one(call: Call) -> Answer:
    """Ein verlorenes Kennwort oder einen verlorenen zweiten Faktor zurücksetzen; alle Sitzungen enden."""
    user = find_user(call.session, call.take("email"), "email")
    what = ", ".join(sorted(call.raw))
    reset_access(call.session, call.act, user, call.raw)
    return Done("access_reset", {"email": user.email, "what": what})


@command(users, "deactivate", (_EMAIL, Field("hand_over_to", "Kürzel der Person, die Offenes übernimmt.")))
def deactivate_one(call: Call) -> Answer:
    """Ein Konto sofort schließen; was offen war, übernimmt jemand anderes.

    mehraufwand user deactivate mia@betrieb.example --hand-over-to EB
    """
    user = find_user(call.session, call.take("email"), "email")
    handed = deactivate_user(call.session, call.act, user, call.raw)
    lists = {"cases": handed.cases, "proposals": handed.proposals, "estimates": handed.estimates}
    count = sum(map(len, lists.values())) + (handed.clock is not None)
    timer = handed.clock and handed.clock.case
    return Done("user_deactivated", {"email": user.email, "count": count, **lists, "timer": timer})


def _export(call: Call, kind: str) -> Answer:
    """Write the export of a person; that it was taken is noted once the file is there."""
    subject = find_subject(call.session, kind, call.take("ref"), call.take("controller"))
    data = export_personal_data(call.session, call.act, subject)
    file = call.files.get("out") or Path(f"{data.ref.replace(':', '-')}.json")
    write_document(data, file)
    return Done("personal_data_written", {"ref": data.ref, "path": str(file), "sha256": data.sha256})


_OUT = Field("out", "Neue Datei für das JSON; sonst eine im laufenden Ordner, nach der Person benannt.", Kind.FILE)


@command(
    personal_data, "person", (Field("ref", "Kürzel der Mitarbeiterin oder des Mitarbeiters.", Kind.ARGUMENT), _OUT)
)
def export_person(call: Call) -> Answer:
    """Alles, was über eine Mitarbeiterin oder einen Mitarbeiter gespeichert ist, als JSON schreiben.

    mehraufwand personal-data person ML --out auskunft-ml.json
    """
    return _export(call, "person")


@command(
    personal_data,
    "contact",
    (
        Field("ref", "E-Mail-Adresse des Ansprechpartners.", Kind.ARGUMENT),
        Field("controller", "Kürzel des Auftraggebers, wenn mehrere diese Adresse haben."),
        _OUT,
    ),
)
def export_contact(call: Call) -> Answer:
    """Alles, was über einen Ansprechpartner gespeichert ist, als JSON schreiben.

    mehraufwand personal-data contact kern@wohnbau.example --out auskunft-kern.json
    """
    return _export(call, "contact")
