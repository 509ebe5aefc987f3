"""The court: every minute of a run is asked the questions of the rules, in their order; then units are counted."""

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

from tests.rating.referee.agreed import CLASSES, Agreed, half_up, local, minute_of, month_of, unit_price
from tests.rating.referee.facts import case_at, is_given_up, is_onsite_audit, is_second_audit


class Run:
    """What one run decided."""

    def __init__(self, month: str) -> None:
        self.month = month
        self.lives = True
        self.free: dict[tuple[str, int], str] = {}
        self.held: dict[tuple[str, int], str] = {}
        self.billed: dict[tuple[str, int], tuple[str, Fraction, Any]] = {}
        self.documents: list[tuple[str, str, str]] = []
        self.free_expenses: set[str] = set()
        self.held_expenses: dict[str, str] = {}
        self.billed_expenses: dict[str, Fraction] = {}
        self.units: Counter[tuple[Any, str, Fraction]] = Counter()
        self.surplus: Counter[str] = Counter()
        self.net = Fraction()


class Court:
    """Asks every minute of one run, with what the earlier runs left."""

    def __init__(self, scenario: dict[str, Any], agreed: Agreed, before: list[Run], month: str, as_of: int) -> None:
        self.scenario, self.agreed, self.before, self.as_of = scenario, agreed, before, as_of
        self.run = Run(month)
        self.cases = {case["id"]: case_at(case, as_of) for case in scenario["cases"]}
        self.entries = {entry["id"]: entry for entry in scenario["entries"]}
        self.documents = [taken for run in before for taken in run.documents]
        self.allowance_used = Counter(
            month_of(minute) for run in before for (_, minute), code in run.free.items() if code == "13.2.d"
        )
        used: Counter[Any] = Counter(
            source for run in before if run.lives for (_, _, source) in run.billed.values() if source is not None
        )
        self.urgent_used = Counter({case: used["urgent", case] for case in self.cases})
        self.lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.reaches: dict[str, list[int]] = defaultdict(list)
        for estimate in scenario["estimates"]:
            self.lay_out(estimate, used)

    def lay_out(self, estimate: dict[str, Any], used: Counter[Any]) -> None:
        """Put an approved estimate's lines on the table of its case."""
        approved_at = estimate.get("approved_at")
        if approved_at is None or minute_of(approved_at) > self.as_of:
            return
        reaches_from = minute_of(estimate.get("covers_from") or approved_at)
        self.reaches[estimate["case"]].append(reaches_from)
        for number, line in enumerate(estimate["lines"]):
            source = ("estimate", estimate["id"], number)
            self.lines[estimate["case"]].append(
                {
                    "class": line["rate_class"],
                    "left": line["minutes"] - used[source],
                    "from": reaches_from,
                    "order": (CLASSES.index(line["rate_class"]), minute_of(approved_at), estimate["id"], number),
                    "source": source,
                }
            )
        self.lines[estimate["case"]].sort(key=lambda line: line["order"])

    def settle(self) -> Run:
        decided = {key for run in self.before for key in run.free}
        decided |= {key for run in self.before if run.lives for key in run.billed}
        order = sorted(self.entries.values(), key=lambda entry: (minute_of(entry["start"]), entry["id"]))
        for entry in order:
            if minute_of(entry.get("logged_at") or entry["end"]) <= self.as_of:
                for minute in range(minute_of(entry["start"]), minute_of(entry["end"])):
                    if month_of(minute) <= self.run.month and (entry["id"], minute) not in decided:
                        self.ask(entry, minute)
        self.ask_expenses()
        self.count_units()
        return self.run

    def ask(self, entry: dict[str, Any], minute: int) -> None:
        terms, by_clock = self.agreed.at(minute)
        case, key = self.cases[entry["case"]], (entry["id"], minute)
        code = self.free_code(entry, case, terms, minute, inside=by_clock == "regular")
        if code is None and is_given_up(entry, self.as_of):
            code = "written_off"
        if code is not None:
            self.run.free[key] = code
            return
        reason = self.held_before_approval(case, terms)
        if reason == "free":
            self.run.free[key] = "13.6.b"
        elif reason is not None:
            self.run.held[key] = reason
        elif self.is_free_query(entry, terms, minute, inside=by_clock == "regular"):
            self.allowance_used[month_of(minute)] += 1
            self.run.free[key] = "13.2.d"
        else:
            self.ask_approval(entry, case, terms, minute, "travel" if entry.get("travel") else by_clock)

    def free_code(
        self, entry: dict[str, Any], case: dict[str, Any], terms: dict[str, Any], minute: int, *, inside: bool
    ) -> str | None:
        """Questions 1 to 5."""
        service = entry["service"]
        base_time = inside or terms["base_services_out_of_hours"] == "free"
        if case.get("cause") == "processor" or entry.get("remedies_processor_defect"):
            return "13.7"
        if service in {"incident_own_duty", "administration"}:
            return "own_duty"
        if service == "request_intake" and base_time:
            return "13.2.b"
        if service == "breach_first_notice" and base_time:
            return "13.2.c"
        if service == "standard_documents" and base_time:
            year, document = month_of(minute)[:4], entry["document"]
            takers = [
                taker
                for taken_in, taken, taker in self.documents
                if taken_in == year and (terms["documents_scope"] == "once" or taken == document)
            ]
            if not takers or takers[0] == case["id"]:
                if (year, document, case["id"]) not in self.documents:
                    self.documents.append((year, document, case["id"]))
                    self.run.documents.append((year, document, case["id"]))
                return "13.2.a"
        return None

    def held_before_approval(self, case: dict[str, Any], terms: dict[str, Any]) -> str | None:
        """Questions 6 to 9."""
        if case.get("cause") == "undecided":
            return "cause_undecided"
        if is_onsite_audit(case):
            free_on = {"deviation", "material"} if terms["audit_free_on"] == "any" else {"material"}
            if case["audit"]["finding"] in free_on:
                return "free"
            if is_second_audit(case, self.scenario["cases"]) and not case["audit"].get("extra_agreed"):
                return "second_onsite_audit"
            if case["audit"]["finding"] == "pending":
                return "audit_finding_pending"
        return None

    def is_free_query(self, entry: dict[str, Any], terms: dict[str, Any], minute: int, *, inside: bool) -> bool:
        """Question 10."""
        return (
            entry["service"] == "general_query"
            and not entry.get("travel")
            and (inside or terms["base_services_out_of_hours"] == "free")
            and self.allowance_used[month_of(minute)] < terms["allowance_minutes"]
        )

    def ask_approval(
        self, entry: dict[str, Any], case: dict[str, Any], terms: dict[str, Any], minute: int, rate_class: str
    ) -> None:
        """Questions 11 to 19."""
        key = (entry["id"], minute)
        agreed = case.get("onsite_agreed_at")
        if terms["hourly_rate"] is None:
            self.run.held[key] = "rate_not_agreed"
            return
        if entry.get("onsite") and (agreed is None or minute_of(agreed) > minute):
            self.run.held[key] = "onsite_not_agreed"
            return
        left = [line for line in self.lines[case["id"]] if line["left"] > 0 and line["from"] <= minute]
        dear = [line for line in left if self.factor(terms, line["class"]) >= self.factor(terms, rate_class)]
        if dear:
            dear[0]["left"] -= 1
            self.run.billed[key] = (rate_class, unit_price(terms, rate_class), dear[0]["source"])
        elif entry.get("urgent"):
            self.ask_urgent(key, case, terms, rate_class)
        elif not any(since <= minute for since in self.reaches[case["id"]]):
            self.run.held[key] = "no_approved_estimate"
        else:
            self.run.held[key] = "rate_class_not_approved" if left else "estimate_exceeded"

    def ask_urgent(self, key: tuple[str, int], case: dict[str, Any], terms: dict[str, Any], rate_class: str) -> None:
        """Questions 14 to 16."""
        if not case.get("urgent_notice_at"):
            self.run.held[key] = "urgent_notice_missing"
        elif self.urgent_used[case["id"]] < terms["urgent_cap_minutes"]:
            self.urgent_used[case["id"]] += 1
            self.run.billed[key] = (rate_class, unit_price(terms, rate_class), ("urgent", case["id"]))
        else:
            self.run.held[key] = "urgent_cap_reached"

    @staticmethod
    def factor(terms: dict[str, Any], rate_class: str) -> Fraction:
        return Fraction(terms["factors"][rate_class])

    def ask_expenses(self) -> None:
        decided = {expense for run in self.before for expense in run.free_expenses}
        decided |= {expense for run in self.before if run.lives for expense in run.billed_expenses}
        for expense in self.scenario["expenses"]:
            if expense["incurred_on"][:7] > self.run.month or expense["id"] in decided:
                continue
            cause = self.cases[expense["case"]].get("cause")
            approved_at = expense.get("approved_at")
            approved = approved_at is not None and minute_of(approved_at) <= self.as_of
            if cause == "processor" or expense.get("remedies_processor_defect"):
                self.run.free_expenses.add(expense["id"])
            elif cause == "undecided":
                self.run.held_expenses[expense["id"]] = "cause_undecided"
            elif expense["kind"] == "third_party":
                if approved and local(minute_of(approved_at)).date().isoformat() <= expense["incurred_on"]:
                    self.run.billed_expenses[expense["id"]] = Fraction(expense["net"])
                else:
                    self.run.held_expenses[expense["id"]] = "third_party_not_approved"
            elif expense.get("receipt"):
                self.run.billed_expenses[expense["id"]] = Fraction(expense["net"])
            else:
                self.run.held_expenses[expense["id"]] = "receipt_missing"

    def count_units(self) -> None:
        """Give every rounding group the units it still owes, one after the other."""
        minutes, units = self.living_minutes(), self.living_units()
        unit = self.agreed.versions[0]["unit_minutes"]
        for group in units:
            due = self.due(sum(minutes[group].values()))
            self.run.surplus[group[0]] += max(0, sum(units[group].values()) - due)
        for group, of_class in minutes.items():
            while sum(units[group].values()) < self.due(sum(of_class.values())):
                uncovered = {item: count - unit * units[group][item] for item, count in of_class.items()}
                chosen = min(uncovered, key=lambda item: (-uncovered[item], item[1], CLASSES.index(item[0])))
                units[group][chosen] += 1
                self.run.units[(group, *chosen)] += 1

    def living_minutes(self) -> dict[Any, Counter[tuple[str, Fraction]]]:
        minutes: dict[Any, Counter[tuple[str, Fraction]]] = defaultdict(Counter)
        for run in [*(run for run in self.before if run.lives), self.run]:
            for (entry, minute), (rate_class, price, _) in run.billed.items():
                minutes[self.group(entry, minute)][rate_class, price] += 1
        return minutes

    def living_units(self) -> dict[Any, Counter[tuple[str, Fraction]]]:
        units: dict[Any, Counter[tuple[str, Fraction]]] = defaultdict(Counter)
        for run in self.before:
            if run.lives:
                for (group, rate_class, price), count in run.units.items():
                    units[group][rate_class, price] += count
        return units

    def group(self, entry: str, minute: int) -> Any:
        case = self.entries[entry]["case"]
        scope = self.agreed.versions[0]["rounding_scope"]
        return case, {"case": "", "case_month": month_of(minute), "entry": entry}[scope]

    def due(self, minutes: int) -> int:
        if minutes == 0:
            return 0
        unit = Fraction(minutes, self.agreed.versions[0]["unit_minutes"])
        if self.agreed.versions[0]["rounding_direction"] == "up":
            return -(-unit.numerator // unit.denominator)
        return max(1, half_up(unit))
