"""What was answered about a kind of files: which client is which contract, which project is which case and service.

Nothing is ever matched by likeness; what isn't answered is asked. Precedence: what a row of our own CSV says itself;
then the answers, where the first rule from the top that fits and names the wanted thing decides; then a name that is
exactly one of our own refs.
"""

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from billing.importing.date_order import DateOrder
from billing.importing.rows import Work

CONDITIONS = ("client", "project", "task", "tag")
REFS = ("case", "service", "document")
FLAGS = ("travel", "onsite", "urgent", "remedies_processor_defect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row with this client, project, task and tag (None = any) is this case, this service, ... (None = not said).

    Names are compared exactly, as the file writes them, without outer blanks; "" is a row without such a name. A row
    that has no client but names its contract counts as of the client with that ref.
    """

    client: str | None = None
    project: str | None = None
    task: str | None = None
    tag: str | None = None
    case: str | None = None
    service: str | None = None
    document: str | None = None
    travel: bool | None = None
    onsite: bool | None = None
    urgent: bool | None = None
    remedies_processor_defect: bool | None = None

    def fits(self, work: Work) -> bool:
        """Tell whether a row meets every condition of the rule."""
        return (
            self.client in (None, client_of(work))
            and self.project in (None, work.project)
            and self.task in (None, work.task)
            and (self.tag is None or self.tag in (work.tags or ("",)))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a row's work belongs, in our refs and codes; "" for what nobody has answered yet."""

    person: str
    contract: str
    case: str
    service: str
    document: str
    travel: bool
    onsite: bool
    urgent: bool
    remedies_processor_defect: bool

    @property
    def unknown(self) -> tuple[str, ...]:
        """Name what must still be asked, in the order of asking: person, client, case, service."""
        values = {"person": self.person, "client": self.contract, "case": self.case, "service": self.service}
        return tuple(name for name, value in values.items() if not value)


def _nothing() -> MappingOf[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """All answers. `persons`: name in the file -> ref of the person; `clients`: name -> ref of the contract.

    In both, "" stands for rows without a name. `time_zone` and `date_order` are what the next file of this kind is
    read with. `known_persons` and `known_clients` (controller or contract ref -> contract ref) come from the store
    and are not part of the file.
    """

    persons: MappingOf[str, str] = field(default_factory=_nothing)
    clients: MappingOf[str, str] = field(default_factory=_nothing)
    rules: tuple[Rule, ...] = ()
    time_zone: str | None = None
    date_order: DateOrder | None = None
    known_persons: frozenset[str] = field(default=frozenset(), compare=False)
    known_clients: MappingOf[str, str] = field(default_factory=_nothing, compare=False)

    def target(self, work: Work) -> Target:
        """Say where a row belongs."""
        rules = [rule for rule in self.rules if rule.fits(work)]
        return Target(
            person=self.person(work.person),
            contract=work.contract or self.contract(work.client),
            case=work.case or _first(rule.case for rule in rules),
            service=work.service or _first(rule.service for rule in rules),
            document=work.document or _first(rule.document for rule in rules),
            travel=_said(work.travel, (rule.travel for rule in rules)),
            onsite=_said(work.onsite, (rule.onsite for rule in rules)),
            urgent=_said(work.urgent, (rule.urgent for rule in rules)),
            remedies_processor_defect=_said(
                work.remedies_processor_defect, (rule.remedies_processor_defect for rule in rules)
            ),
        )

    def person(self, name: str) -> str:
        """Give the ref of a person by the name in the file; "" when it must be asked."""
        return self.persons.get(name) or (name if name in self.known_persons else "")

    def contract(self, client: str) -> str:
        """Give the ref of a contract by the client's name in the file; "" when it must be asked."""
        return self.clients.get(client) or self.known_clients.get(client, "")

    def with_person(self, name: str, ref: str) -> "Mapping":
        """Remember who a person is."""
        return replace(self, persons=MappingProxyType({**self.persons, name: ref}))

    def with_client(self, name: str, contract: str) -> "Mapping":
        """Remember which contract a client's work belongs to."""
        return replace(self, clients=MappingProxyType({**self.clients, name: contract}))

    def with_rule(self, rule: Rule) -> "Mapping":
        """Remember a rule below all others: it decides only what they left open."""
        return replace(self, rules=(*self.rules, rule))


def client_of(work: Work) -> str:
    """Give the name by which rules know the client of a row: as in the file, or the contract it names itself."""
    return work.client or work.contract


def _first(values: Iterable[str | None]) -> str:
    return next((value for value in values if value), "")


def _said(own: bool | None, rules: Iterable[bool | None]) -> bool:  # noqa: FBT001 - a fact of the row, not a switch
    if own is not None:
        return own
    return next((value for value in rules if value is not None), False)
