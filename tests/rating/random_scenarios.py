"""Random scenarios that mix everything the rules speak of, and are valid by construction; the same seed, the same one.

They lean towards what is rare in real life: work around clock changes, holidays and year ends, overlapping and late
entries, facts that change between runs, cancelled months billed again, approvals too small, prices with odd cents.
"""

from datetime import timedelta
from typing import Any

from tests.rating.random_story import Story
from tests.rating.random_terms import random_terms

CLASSES = ["travel", "regular", "out_of_hours", "night_weekend"]
SERVICES = [
    *("incident_own_duty", "administration", "request_intake", "breach_first_notice"),
    *("standard_documents", "standard_documents", "general_query", "general_query", "general_query"),
    *("request_processing", "request_processing", "individual_assessment", "dpia_support", "audit_support"),
    *("audit_followup", "individual_instruction", "special_format", "breach_support", "records_support"),
    "other_support",
]
UPDATE_KEYS = ["cause", "cause", "urgent_notice_at", "onsite_agreed_at"]


class _Maker(Story):
    """Draws one scenario."""

    def length(self) -> int:
        if self.plain:
            return self.random.choice([1, 2, 6, 8, 14, 15, 16, 22])
        return self.random.choice(
            [
                *(1, 7, 14, 15, 16, 29, 30, 31, 44, 60, 61, 119, 121, 180),
                self.random.randint(1, 50),
                self.random.randint(1, 50),
                self.random.randint(1, 700),
            ]
        )

    def case(self, number: int) -> dict[str, Any]:
        case: dict[str, Any] = {"id": f"C{number}", "kind": self.random.choice(["dpia", "Prüfung", "audit"])}
        if self.plain:
            # Cancelled work that turns out to be free leaves other runs' units behind: more than are due.
            case["updates"] = [
                {"at": self.text(at), "cause": "controller" if number % 2 else "processor"}
                for number, at in enumerate(self.cancelled_at)
            ]
            return case
        if self.chance(0.4):
            case["cause"] = self.random.choice(["controller", "third_party", "mixed", "processor", "undecided", None])
        for key in ("urgent_notice_at", "onsite_agreed_at"):
            if self.chance(0.5):
                case[key] = self.text(self.some_minute())
        if self.chance(0.35):
            case["audit"] = {
                "site": self.random.choice(["Aichtal", "Kiel"]),
                "mode": self.random.choice(["onsite", "onsite", "onsite", "remote"]),
                "date": (self.begin + timedelta(days=self.random.randrange(self.days + 1))).isoformat(),
                "finding": self.random.choice(["none", "none", "pending", "deviation", "material"]),
            }
            if self.chance(0.4):
                case["audit"]["extra_agreed"] = self.chance(0.5)
        if self.chance(0.5):
            case["updates"] = [self.update(case) for _ in range(self.random.randint(1, 3))]
        return case

    def update(self, case: dict[str, Any]) -> dict[str, Any]:
        update: dict[str, Any] = {"at": self.text(self.some_minute() + self.random.choice([0, 20_000, 50_000]))}
        keys = [*UPDATE_KEYS, "finding", "extra_agreed"] if "audit" in case else UPDATE_KEYS
        for key in self.random.sample(keys, self.random.randint(0, 2)):
            if key == "cause":
                update[key] = self.random.choice(["controller", "mixed", "processor", "undecided", None])
            elif key == "finding":
                update[key] = self.random.choice(["none", "pending", "deviation", "material"])
            elif key == "extra_agreed":
                update[key] = self.chance(0.7)
            else:
                update[key] = self.text(self.some_minute())
        return update

    def entry(self, number: int, cases: list[dict[str, Any]]) -> dict[str, Any]:
        start = self.some_minute()
        end = start + self.length()
        # Ids that do not sort as they are numbered: E10 before E2, and a Z after a lower-case letter never.
        entry: dict[str, Any] = {
            "id": f"{self.random.choice(['E', 'E', 'e', 'Ä'])}{number}",
            "case": self.random.choice(cases)["id"],
            "service": "dpia_support" if self.plain else self.random.choice(SERVICES),
            "start": self.text(start),
            "end": self.text(end),
        }
        if entry["service"] == "standard_documents" or self.chance(0.05):
            entry["document"] = self.random.choice(["toms", "subprocessors", "certificate"])
        if self.chance(0.35):
            late = self.random.choice([0, 1, 600, 20_000, 45_000, 90_000])
            entry["logged_at"] = self.text(end + late) if self.chance(0.9) else None
        for flag, share in (("travel", 0.15), ("onsite", 0.15), ("urgent", 0.25), ("remedies_processor_defect", 0.05)):
            if self.chance(share) and (flag == "travel" or not self.plain):
                entry[flag] = self.chance(0.9)
        return entry

    def estimates(self, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not self.plain:
            return [self.estimate(number, cases) for number in range(self.random.randint(0, 2 * len(cases)))]
        lines = [{"rate_class": "night_weekend", "minutes": 6000}]
        return [
            {"id": case["id"], "case": case["id"], "lines": lines, "approved_at": self.text(-90_000)} for case in cases
        ]

    def estimate(self, number: int, cases: list[dict[str, Any]]) -> dict[str, Any]:
        classes = [*CLASSES, "out_of_hours", "night_weekend", "night_weekend"]
        estimate: dict[str, Any] = {
            "id": f"Q{number}",
            "case": self.random.choice(cases)["id"],
            "lines": [
                {
                    "rate_class": self.random.choice(classes),
                    "minutes": self.random.choice([0, 10, 30, 60, 90, 240, 6000]),
                }
                for _ in range(self.random.randint(0, 4))
            ],
        }
        if self.chance(0.85):
            estimate["approved_at"] = self.text(self.some_minute() - self.random.choice([0, 0, 1440, 50_000]))
        if self.chance(0.5):
            estimate["covers_from"] = self.text(self.some_minute() - self.random.choice([0, 0, 1440, 50_000]))
        return estimate

    def expense(self, number: int, cases: list[dict[str, Any]]) -> dict[str, Any]:
        expense: dict[str, Any] = {
            "id": f"X{number}",
            "case": self.random.choice(cases)["id"],
            "kind": self.random.choice(["travel", "accommodation", "per_diem", "ancillary", "third_party"]),
            "incurred_on": (self.begin + timedelta(days=self.random.randrange(self.days))).isoformat(),
            "net": self.random.choice(["0.00", "0.01", "12.40", "480", "99.9", "1234.56"]),
        }
        if self.chance(0.7):
            expense["receipt"] = self.chance(0.8)
        if self.chance(0.6):
            expense["approved_at"] = self.text(self.some_minute())
        if self.chance(0.1):
            expense["remedies_processor_defect"] = self.chance(0.7)
        return expense

    def scenario(self) -> dict[str, Any]:
        runs, cancellations = self.plain_runs() if self.plain else self.runs()
        cases = [self.case(number) for number in range(self.random.randint(1, 2 if self.plain else 5))]
        scenario = {
            "terms": random_terms(self.random, self.begin),
            "cases": cases,
            "entries": [self.entry(number, cases) for number in range(self.random.randint(0, 24))],
            "estimates": self.estimates(cases),
            "expenses": [self.expense(number, cases) for number in range(self.random.randint(0, 4))],
            "cancellations": cancellations,
            "runs": runs,
        }
        for optional in ("terms", "cancellations"):
            if not scenario[optional] and self.chance(0.5):
                del scenario[optional]
        return scenario


def random_scenario(seed: int) -> dict[str, Any]:
    """Draw the scenario of a seed."""
    return _Maker(seed).scenario()
