"""Five hundred files that nobody should take, some far too large: each is refused at once, nothing kept (F8)."""

import http.client
import json
import re
import statistics
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from billing.services.acting import Act
from billing.services.installation import choose_processor
from billing.store.tables import StoredFile
from billing.store.tables.kinds import Role
from tests.api.http.running import add_user, token_of
from tests.faults.bad_files import KINDS, bad_files, bomb
from tests.faults.conftest import Place
from tests.support.served import place_of, served

REF, SEED, FILES = "immoinvent", 8, 500
SECONDS, MEBIBYTES = 2, 256
GIBIBYTE, CREATED = 1024**3, 201
OF_NO_INVOICE = "a stored file belongs to no invoice"
"""It is the receipt of an expense."""
EXPENSE = {"case": "C1", "kind": "travel", "incurred_on": "2025-03-04", "net": "84.50", "description": "Bahnfahrt"}
HEADERS = {"Authorization": f"Bearer {token_of(REF, Role.STAFF)}", "Content-Type": "application/json"}


class Door:
    """The way in of a running service, and what its process needed."""

    def __init__(self, address: tuple[str, int], pid: int) -> None:
        """Know where it is."""
        self._address, self._pid = address, pid

    def post(self, body: bytes, declared: int | None = None) -> tuple[int, dict[str, Any], float]:
        """Send a body, which may say that it is longer than it is; gives status, answer and seconds."""
        line = http.client.HTTPConnection(*self._address, timeout=60)
        begun = time.monotonic()
        line.putrequest("POST", "/api/v1/expenses")
        for name, value in HEADERS.items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(declared or len(body)))
        line.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has read all of it
            line.send(body)
        answer = line.getresponse()
        said = answer.status, json.loads(answer.read())
        line.close()
        return *said, time.monotonic() - begun

    def peak_mebibytes(self) -> float:
        """Give the most memory that the process ever had."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def service(place: Place, scratch: Path) -> Iterator[Door]:
    """Serve the installation as `mehraufwand serve` does, to somebody who logs expenses."""
    with place.opened() as store, store.tenant(choose_processor(store, REF)[0]) as session:
        now = datetime.now(UTC)
        add_user(session, Act("test", now), REF, Role.STAFF, until=now + timedelta(days=1))
    scratch.mkdir()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--without-worker"]
    with served(command, place.environment | {"TMPDIR": str(scratch), "HOME": str(scratch)}) as one:
        yield Door(place_of(one.read_until(r"(http://[^ ]+:[0-9]+)")), one.process.pid)


def body_of(upload: dict[str, str]) -> bytes:
    return json.dumps(EXPENSE | {"receipt_file": upload}).encode()


@pytest.mark.slow
def test_five_hundred_bad_files_are_refused_at_once_and_nothing_of_them_stays(place: Place, tmp_path: Path) -> None:
    with place.copied() as copy, service(copy, tmp_path / "scratch") as door:
        idle, before = door.peak_mebibytes(), names_kept(copy)
        took, codes, taken = [], Counter[str](), 0
        for kind, upload in bad_files(SEED, FILES):
            status, answer, seconds = door.post(body_of(upload))
            took.append(seconds)
            codes[f"{kind}: {answer.get('code', status)}"] += 1
            if kind == "way_out" and status == CREATED:  # a whole file: the name it came with is not used
                taken += 1
                continue
            assert (status, "receipt_file" in str(answer)) == (422, True), (kind, upload["name"], answer)
        bombs = b64encode(bomb(10)).decode()
        large = [
            door.post(body_of({"name": "b.pdf", "content": bombs})),
            door.post(body_of({"name": "b.pdf", "content": "A" * 34_000_000 + "AA=="})),
            door.post(b'{"receipt_file": {"name": "b.pdf", "content": "' + b"A" * 40_000_000, GIBIBYTE),
        ]
        assert [status for status, _, _ in large] == [422, 422, 413]
        took += [seconds for _, _, seconds in large]
        peak = door.peak_mebibytes()
        print(dict(codes))  # noqa: T201
        print(  # noqa: T201
            f"{len(took)} files, median {statistics.median(took):.3f} s, slowest {max(took):.2f} s,"
            f" {idle:.0f} to {peak:.0f} MiB, large: {[round(seconds, 2) for _, _, seconds in large]}"
        )
        assert len({key.partition(":")[0] for key in codes}) == len(KINDS)
        assert max(took) <= SECONDS
        assert peak - idle <= MEBIBYTES
        assert [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()] == []
        names = [name for name in names_kept(copy) if name not in before]
        assert len(names) == taken > 0
        assert [name for name in names if not re.fullmatch(r"A-2025-\d+\.pdf", name)] == []
        assert [sentence for sentence in copy.violations() if not sentence.startswith(OF_NO_INVOICE)] == []


def names_kept(place: Place) -> list[str]:
    """Give under which name each file is kept."""
    with place.opened() as store, store.tenant(choose_processor(store, REF)[0], read_only=True) as session:
        return [file.name for file in session.exec(select(StoredFile))]
