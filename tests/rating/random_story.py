"""The frame of a random scenario: when it plays, how instants are written, which months are run and cancelled."""

from datetime import date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
# First days of stories: clock changes, Easter and Corpus Christi, All Saints, year ends, a leap day, plain months.
BEGINNINGS = [
    *(date(2026, 3, 20), date(2026, 10, 18), date(2027, 3, 22), date(2024, 10, 22), date(2025, 3, 25)),
    *(date(2026, 5, 28), date(2026, 4, 1), date(2026, 12, 18), date(2025, 12, 22), date(2024, 2, 20)),
    *(date(2026, 10, 1), date(2026, 7, 6), date(2023, 10, 27), date(2025, 11, 3)),
]


class Story:
    """Draws what all parts of a scenario share."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - reproducible, no secret
        self.begin = self.random.choice(BEGINNINGS)
        self.days = self.random.choice([2, 9, 40, 95])
        # In a plain story all work is approved and short, so that rounding and cancelled months are what matters.
        self.plain = self.chance(0.3)
        self.cancelled_at: list[int] = []
        if self.plain:
            self.days = 95

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Times are drawn as whole minutes after the local midnight of the first day, on an elapsed clock.

    def text(self, minute: int) -> str:
        """Write an instant in one of the forms RFC 3339 has, sometimes with seconds that are to be cut."""
        first = datetime(self.begin.year, self.begin.month, self.begin.day, tzinfo=BERLIN)
        moment = datetime.fromtimestamp(first.timestamp() + minute * 60, BERLIN)
        form = self.random.randrange(8)
        if form == 0:
            return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%MZ")
        if form == 1:
            moment = moment.astimezone(ZoneInfo("America/New_York"))
        seconds = self.random.choice([":07", ":59.999", ":00"]) if form == 2 else ""
        offset = moment.strftime("%z")
        return f"{moment:%Y-%m-%dT%H:%M}{seconds}{offset[:3]}:{offset[3:]}"

    def some_minute(self) -> int:
        """Draw an instant, often near a bound that matters."""
        day = self.random.randrange(self.days)
        if self.chance(0.5):
            bound = self.random.choice([0, 2 * 60, 3 * 60, 6 * 60, 8 * 60, 16 * 60, 23 * 60])
            return day * 1440 + bound + self.random.randint(-90, 90)
        return day * 1440 + self.random.randrange(1440)

    def runs(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Draw runs and cancellations as they could have happened: a month again only once it was cancelled."""
        first = self.begin.year * 12 + self.begin.month - 1
        month, now = first, self.minute_of_month(first) + self.random.choice([0, 9000, 45_000])
        runs: list[dict[str, Any]] = []
        cancellations: list[dict[str, Any]] = []
        living: list[int] = []
        for _ in range(self.random.randint(1, 7)):
            if month in living:
                if self.chance(0.5):
                    now = self.cancel(month, living, cancellations, now)
                else:
                    month += self.random.choice([1, 1, 1, 2])
            if living and self.chance(0.3):
                now = self.cancel(self.random.choice(living), living, cancellations, now)
            now = max(now, self.minute_of_month(month)) + self.random.choice([0, 1, 500, 2000, 30_000])
            runs.append({"month": f"{month // 12}-{month % 12 + 1:02d}", "as_of": self.text(now)})
            living.append(month)
        if self.chance(0.15):
            # Never applied, because no run follows; it only has to name a living run.
            self.cancel(self.random.choice(living), living, cancellations, now + 1)
        self.random.shuffle(cancellations)
        return runs, cancellations

    def plain_runs(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Run every month at its end; from the third on, one of the earlier months is cancelled before some runs."""
        month = self.begin.year * 12 + self.begin.month - 1
        runs: list[dict[str, Any]] = []
        cancellations: list[dict[str, Any]] = []
        living: list[int] = []
        for number in range(self.random.randint(4, 7)):
            now = self.minute_of_month(month + 1) + 2000
            if number > 2 and self.chance(0.6):
                self.cancel(self.random.choice(living), living, cancellations, now - 4000)
            runs.append({"month": f"{month // 12}-{month % 12 + 1:02d}", "as_of": self.text(now)})
            living.append(month)
            month += 1
        return runs, cancellations

    def cancel(self, month: int, living: list[int], cancellations: list[dict[str, Any]], now: int) -> int:
        """Cancel a month's living run some time after the last run, perhaps at the very minute of the next one."""
        at = now + self.random.choice([1, 60, 3000])
        living.remove(month)
        self.cancelled_at.append(at)
        cancellations.append(
            {
                "id": f"S{len(cancellations)}",
                "run_month": f"{month // 12}-{month % 12 + 1:02d}",
                "at": self.text(at),
            }
        )
        return at

    def minute_of_month(self, month: int) -> int:
        first = datetime(self.begin.year, self.begin.month, self.begin.day, tzinfo=BERLIN)
        then = datetime(month // 12, month % 12 + 1, 1, tzinfo=BERLIN)
        return int(then.timestamp() - first.timestamp()) // 60
