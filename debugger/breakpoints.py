"""Breakpoints: lines of sources where a run stops, kept while the program is loaded anew."""

from __future__ import annotations

from collections.abc import Iterable

from debugger.views import BreakpointView
from ttvm.program import Module


class Breakpoints:
    """The breakpoints of a session. A breakpoint belongs to a line; the line has at most one instruction."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int], BreakpointView] = {}

    def toggle(self, module: Module, line: int) -> BreakpointView | None:
        """Set a breakpoint at the first instruction at or behind ``line``, or remove the one that is there.

        None when one was removed, or when no instruction follows.
        """
        address = module.address_of_line(line)
        if address is None:
            return None
        return self._toggle_address(module, address)

    def set_at_label(self, module: Module, label: str) -> BreakpointView | None:
        """Set a breakpoint at the instruction behind a label; None when there is no such label or no code there."""
        address = module.labels.get(label)
        if address is None or address >= len(module.ops):
            return None
        view = BreakpointView(module.identity, module.line(address), label)
        self._lines[view.identity, view.line] = view
        return view

    def _toggle_address(self, module: Module, address: int) -> BreakpointView | None:
        view = BreakpointView(module.identity, module.line(address), module.label_at(address))
        key = (view.identity, view.line)
        if self._lines.pop(key, None) is not None:
            return None
        self._lines[key] = view
        return view

    def remove(self, identity: str, line: int) -> BreakpointView | None:
        """Remove the breakpoint on a line; None when there is none."""
        return self._lines.pop((identity, line), None)

    def clear(self) -> None:
        """Remove all breakpoints."""
        self._lines.clear()

    def views(self) -> tuple[BreakpointView, ...]:
        """All breakpoints, by source and line."""
        return tuple(self._lines[key] for key in sorted(self._lines))

    def addresses(self, modules: Iterable[Module]) -> frozenset[tuple[str, int]]:
        """Where the machine must stop: identity and address of the breakpoints in these modules."""
        by_identity = {module.identity: module for module in modules}
        found: set[tuple[str, int]] = set()
        for identity, line in self._lines:
            module = by_identity.get(identity)
            address = module.address_of_line(line) if module else None
            if address is not None:
                found.add((identity, address))
        return frozenset(found)
