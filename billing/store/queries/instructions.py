"""The register of instructions (Weisungen) of controllers."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, Contract, Instruction, Person

_OPENED = "content given_by objection outcome"


def instructions_after(session: Session, processor_id: int, after: int, most: int, **chosen: Any) -> Sequence[Any]:
    """Give instructions by id, at most so many after one, with contract, case and who carried them out; texts opened.

    `chosen`: `instruction_id`, `contract_id`, `case_id`, and `is_open` (True: not carried out yet); None chooses all.
    """
    statement = (
        sa.select(
            *columns(Instruction, f"id ref channel given_at confirmed_at objected_at carried_out_at {_OPENED}"),
            *columns(Instruction, "contract_id case_id recorded_at recorded_by_name"),
            col(Contract.ref).label("contract_ref"),
            col(Case.ref).label("case_ref"),
            col(Person.ref).label("carried_out_by"),
        )
        .join(Contract, col(Contract.id) == col(Instruction.contract_id))
        .join(Case, col(Case.id) == col(Instruction.case_id), isouter=True)
        .join(Person, col(Person.id) == col(Instruction.carried_out_by_id), isouter=True)
        .where(col(Instruction.processor_id) == processor_id, col(Contract.processor_id) == processor_id)
        .where(col(Instruction.id) > after)
        .order_by(col(Instruction.id))
        .limit(most)
    )
    equal = {
        "instruction_id": col(Instruction.id),
        "contract_id": col(Instruction.contract_id),
        "case_id": col(Instruction.case_id),
    }
    for name, column in equal.items():
        if chosen.get(name) is not None:
            statement = statement.where(column == chosen[name])
    if chosen.get("is_open") is not None:
        done = col(Instruction.carried_out_at).is_not(None)
        statement = statement.where(~done if chosen["is_open"] else done)
    return all_rows(session, statement)
