"""What may go wrong, and when: one generator from one seed, and the faults that it lets strike.

Serves every guarantee at once: whatever is drawn here, the invariants must hold.
"""

from dataclasses import dataclass, field
from random import Random

from shared.clock import Clock
from tests.simulation.journal import Journal


class Killed(BaseException):
    """The process died here. No handler of the house may catch it, and what was not committed is lost."""


@dataclass(frozen=True)
class Rates:
    """How likely each fault is where it could strike, while the weather is bad."""

    killed: float = 0.02
    aborted: float = 0.01
    bus_away: float = 0.03
    confirm_lost: float = 0.04
    lost: float = 0.03
    doubled: float = 0.08
    ack_lost: float = 0.06
    wire_cut: float = 0.05
    answer_lost: float = 0.05
    answered_500: float = 0.03


@dataclass
class Weather:
    """Draws the faults. In fair weather none strikes: then everything must come right by itself."""

    random: Random
    journal: Journal
    rates: Rates = field(default_factory=Rates)
    bad: bool = False

    def strikes(self, fault: str, place: str) -> bool:
        """Whether this fault happens here and now."""
        if not self.bad or self.random.random() >= getattr(self.rates, fault):
            return False
        self.journal.note("fault", f"{fault} at {place}")
        self.journal.struck.add(fault)
        return True

    def may_kill(self, place: str) -> None:
        if self.strikes("killed", place):
            raise Killed(place)


@dataclass
class Ids:
    """Identifiers in the form of the house's own, the same for the same seed."""

    seed: int
    clock: Clock
    made: int = 0

    def __call__(self) -> str:
        self.made += 1
        milliseconds = int(self.clock.now().timestamp() * 1000)
        value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | 0b10 << 62 | self.made
        return f"{value:032x}"
