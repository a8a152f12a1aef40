"""Where a process begins: what SPAWN found out about its target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ttvm.record import Record

if TYPE_CHECKING:
    from ttvm.program import Module
    from ttvm.values import Value


class Start(Record):
    """Where a new process begins, and with what. The process takes the variables and the stack as its own."""

    module: Module
    address: int
    label: str
    variables: dict[str, Value]
    stack: list[Value]
    title: str
    is_program: bool = False
    """Whether it runs the top level of the module, and not a function or the code at a label."""

    def afresh(self) -> Self:
        """The same beginning for one more process."""
        return self.replace(variables=dict(self.variables), stack=list(self.stack))
