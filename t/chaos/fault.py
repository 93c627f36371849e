"""One kind of fault, and what it excuses."""
from dataclasses import dataclass
from typing import Awaitable, Callable

from station import Station


@dataclass(frozen=True)
class Fault:
    name: str
    do: Callable[[Station], Awaitable[None]]
    often: bool = False   # comes before every one that is not
    more: float = 0.0     # seconds that listeners may need above the promise
    polls: bool = True    # polling goes on all the while
    goodbye: bool = False  # no stream ends without one
    log: tuple = ()       # what the error log may say, besides
    limits: bool = False  # needs limits that a sanitizer cannot live with
