"""Somebody who writes through the product without a pause, and knows which writes were acknowledged when."""

import threading
import time
from datetime import UTC, datetime

from billing.errors import Problem
from billing.services.acting import Act, audit
from billing.store.keyring import KeyRing
from billing.store.session import open_store


class Writer:
    """Somebody who writes through the product, one write after the other, and remembers what was acknowledged when."""

    def __init__(self, url: str, ring: KeyRing) -> None:
        """Begin to write; it ends with the first write that can't be done."""
        self._url, self._ring = url, ring
        self.acknowledged: list[float] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    @property
    def is_writing(self) -> bool:
        """Whether it still writes."""
        return self._thread.is_alive()

    def end(self) -> None:
        """End after the write in hand."""
        self._ends.set()
        self._thread.join(60)

    def _write(self) -> None:
        try:
            store = open_store(self._url, self._ring)
        except Problem:
            return
        while not self._ends.is_set():
            try:
                with store.tenant(1) as session:
                    now = datetime.now(UTC)
                    audit(session, Act("drill", now), "drill", f"drill:{len(self.acknowledged)}")
            except Problem:
                break
            self.acknowledged.append(time.monotonic())
        store.close()
