"""How a rate is measured: many clients, one stopwatch, and what each answer took."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def any_name() -> str:
    """Make a name that nobody else has, without digits: some would look like a card number."""
    return uuid4().hex.translate(_LETTERS)


@dataclass
class Rate:
    """What one run gave: answers a second, their kinds, and the time each took in seconds."""

    name: str
    clients: int
    seconds: float
    answers: Counter[str] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    """What else was counted; it does not make the rate."""

    def took(self, seconds: float, answer: str = "ok") -> None:
        """Add one answer of a client that sends one request after the other."""
        self.answers[answer] += 1
        self.taken.append(seconds)
        self.seconds += seconds

    @property
    def per_second(self) -> float:
        return self.answers.total() / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.taken)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def by_threads(
    name: str, clients: int, requests: int, client: Callable[[int], Callable[[int], str]]
) -> Rate:
    """Share requests 0, 1, 2 … among threads. `client(i)` opens the i-th and gives its sender.

    A sender takes the request's number and returns the kind of its answer.
    """
    numbers = iter(range(requests))
    lock, start = threading.Lock(), threading.Barrier(clients + 1)
    rate = Rate(name, clients, 0)

    def work(i: int) -> None:
        send = client(i)
        start.wait()
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            began = time.perf_counter()
            answer = send(number)
            taken = time.perf_counter() - began
            with lock:
                rate.answers[answer] += 1
                rate.taken.append(taken)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    rate.seconds = time.perf_counter() - began
    return rate
