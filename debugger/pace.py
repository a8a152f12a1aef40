"""How quickly a machine goes: compiled code leaves more steps behind in a moment than the stepper does."""

from __future__ import annotations

from ttvm.vm import Vm

COMPILED = 20
"""How many times faster compiled code is."""


class Pace:
    """Tells how far a machine comes in the time in which the stepper executes one instruction."""

    def __init__(self, vm: Vm) -> None:
        self._system = vm.system
        self._compiled = 0
        """What the machine had executed in compiled code when it was asked last."""

    def of_last(self, steps: int) -> int:
        """The pace of the last ``steps`` steps, asked for at their end; at least 1."""
        compiled, self._compiled = self._system.compiled_steps - self._compiled, self._system.compiled_steps
        slow = steps - min(steps, compiled) + min(steps, compiled) // COMPILED
        return max(1, steps // max(1, slow))
