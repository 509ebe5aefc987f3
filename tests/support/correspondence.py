"""A processor with people to write to: a controller's contact, and admins; on any database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import col, select

from billing.services.access.grants import record_grant
from billing.services.acting import Act
from billing.services.mails import Recipient, write_mail
from billing.store.files import NewFile, store_file
from billing.store.keyring import new_ring
from billing.store.session import Store, TenantSession, open_store
from billing.store.tables import Contact, Controller, Mail, Person, RoleGrant, StoredFile, TenantRow, User
from billing.store.tables.kinds import RetentionClass, Role
from tests.support.lent_file import LentFiles
from tests.support.migrated import sqlite_lent
from tests.support.processor import found_processor

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
EVA = "eva.kern@wohnbau.example"
Answer = TypeVar("Answer")
AnyRow = TypeVar("AnyRow", bound=TenantRow)


@dataclass
class Correspondence:
    """One processor; every deed is a transaction of its own."""

    store: Store
    processor_id: int
    controller_id: int = 0
    contact_id: int = 0

    def tell(self, deed: Callable[[TenantSession], Answer]) -> Answer:
        """Do something in a transaction."""
        with self.store.tenant(self.processor_id) as session:
            return deed(session)

    def put(self, row: AnyRow) -> AnyRow:
        """Write a row."""

        def write(session: TenantSession) -> AnyRow:
            session.add(row)
            session.flush()
            return row

        return self.tell(write)

    def write(self, **how: Any) -> Mail:
        """Write a message in a transaction of its own."""
        return self.tell(lambda session: self.write_in(session, **how))

    @staticmethod
    def write_in(
        session: TenantSession, *, to: str = EVA, name: str = "Eva Kern", language: str = "de", **how: Any
    ) -> Mail:
        """Write a message, if not said otherwise one with a code."""
        said = {"kind": "decision_code", "fields": {"code": "012345", "minutes": 10}, **how}
        about: dict[str, Any] = {"subject_table": "mail_link", "subject_id": 7}
        return write_mail(session, act(), to=Recipient(to, name, language), **(about | said))

    def user(self, ref: str, role: Role | None = None, language: str = "de", **grant: Any) -> User:
        """Give a person an account, and a role if one is named."""
        person = self.put(Person(ref=ref, initials=ref[:2], name=f"Name {ref}"))
        email = f"{ref}@immoinvent.example"
        digest = self.tell(lambda session: session.ring.digest(email))
        who: dict[str, Any] = {"person_id": person.id, "email": email, "email_digest": digest, "language": language}
        user = self.put(User(created_at=NOW, **who))
        if role is not None:
            given: dict[str, Any] = {"reason": "Test", "recorded_at": NOW, "recorded_by_name": "test", **grant}
            self.tell(lambda session: record_grant(session, act(), RoleGrant(user_id=user.id or 0, role=role, **given)))
        return user

    def rows(self, table: type[AnyRow]) -> list[AnyRow]:
        """Give all rows of a table, by id."""
        return self.tell(lambda session: list(session.exec(select(table).order_by(col(table.id)))))

    def file(self, name: str = "KVA-1.pdf", content: bytes = b"%PDF-1.7\n\xe4\r\n.\r\n", **how: Any) -> StoredFile:
        """Keep a file to send along."""
        new = NewFile(
            name, how.get("media_type", "application/pdf"), content, RetentionClass.LETTER, date(2032, 12, 31)
        )
        return self.tell(lambda session: store_file(session, new, recorded_at=NOW, recorded_by="test"))


def act(minutes: int = 0) -> Act:
    """Say that somebody acts some minutes after NOW."""
    return Act("test", NOW + timedelta(minutes=minutes))


def correspond(store: Store, ref: str = "immoinvent", **controller: Any) -> Correspondence:
    """Found a processor with a controller and its contact, Eva Kern."""
    office = Correspondence(store, found_processor(store, date(2000, 1, 1), ref))
    address: dict[str, Any] = {"name": "Wohnbau Süd GmbH", "street": "Ring 1", "postcode": "70173", "city": "Stuttgart"}
    office.controller_id = office.put(Controller(ref="K-1", **address, **controller)).id or 0
    digest = office.tell(lambda session: session.ring.digest(EVA))
    contact = Contact(controller_id=office.controller_id, name="Eva Kern", email=EVA, email_digest=digest)
    office.contact_id = office.put(contact).id or 0
    return office


@contextmanager
def correspond_on_sqlite(files: LentFiles, template: Path) -> Iterator[Correspondence]:
    """The same on SQLite alone, for what no database makes a difference to."""
    with sqlite_lent(files, template) as database:
        store = open_store(database.app_url, new_ring())
        yield correspond(store)
        store.close()
