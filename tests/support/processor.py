"""A processor with complete letter data, as tests that issue invoices need one."""

from datetime import UTC, date, datetime

from billing.store.session import Store
from billing.store.tables import ProcessorVersion

RECORDED = datetime(2000, 1, 1, tzinfo=UTC)


def found_processor(store: Store, valid_from: date, ref: str = "immoinvent") -> int:
    """Found a processor whose letter lacks nothing; gives its number."""
    with store.new_tenant(ref, RECORDED) as session:
        session.add(
            ProcessorVersion(
                valid_from=valid_from,
                company_name="ImmoInvent GmbH",
                street="Sommerrain 1/1",
                postcode="72631",
                city="Aichtal",
                register_court="Amtsgericht Stuttgart",
                register_number="HRB 700000",
                managing_directors="Erika Beispiel",
                vat_id="DE123456789",
                iban="DE02120300000000202051",
                bic="BYLADEM1001",
                bank_name="Deutsche Kreditbank",
                phone="+49 7127 0000",
                email="rechnung@immoinvent.example",
                contact_person="Erika Beispiel",
                recorded_at=RECORDED,
                recorded_by_name="test",
            )
        )
        return session.processor_id
