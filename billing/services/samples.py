"""A made-up processor, so that a scenario can be loaded and billed before anything was set up."""

from types import MappingProxyType
from typing import Any

SAMPLE_REF = "muster"
SAMPLE_PROCESSOR: MappingProxyType[str, Any] = MappingProxyType(
    {
        "company_name": "Muster Auftragsverarbeitung GmbH",
        "street": "Beispielweg 1",
        "postcode": "70173",
        "city": "Stuttgart",
        "register_court": "Amtsgericht Stuttgart",
        "register_number": "HRB 000000",
        "managing_directors": "Erika Muster",
        "tax_number": "97/123/45678",
        "iban": "DE02120300000000202051",
        "bic": "BYLADEM1001",
        "bank_name": "Musterbank",
        "contact_person": "Erika Muster",
        "phone": "+49 711 000000",
        "email": "rechnung@muster.example",
        "valid_from": "2000-01-01",
    }
)
