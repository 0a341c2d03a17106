"""A thread that does one thing over and over until told to stop."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Loop:
    """Calls `step` every `seconds`; a step that fails is reported and done again a little later."""

    def __init__(self, name: str, step: Callable[[], object], *, seconds: float = 0.3) -> None:
        self._step = step
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin no further step."""
        self._stop.set()

    def stop(self, within: float | None = None) -> None:
        """End once the step in hand is done, or leave it after so many seconds."""
        self.ask_to_stop()
        self._thread.join(within)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self._step()
            except Exception:
                # The thread must outlive a passing failure of the database; what was taken is due again after its lease.
                log.exception("%s 出错，稍后重试", self._thread.name)
                self._stop.wait(self._seconds * 10)
