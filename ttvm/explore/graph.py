"""The tree of explored schedules as a picture: DOT for Graphviz, or SVG."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from ttvm.explore.collecting import Collection, Ended
from ttvm.explore.report import Report
from ttvm.values import Pid

MOST_EXECUTIONS = 200
"""Executions that are drawn; a larger tree shows nobody anything."""
_ROW, _COLUMN, _LETTER, _MARGIN = 26, 40, 7.2, 20


class _Twig:
    """A state of the tree: the steps that led here since the last branching, and what follows."""

    __slots__ = ("ends", "following", "kinds")

    def __init__(self) -> None:
        self.following: dict[Pid, _Twig] = {}
        self.ends = False
        self.kinds: tuple[str, ...] = ()
        """What is wrong with the execution that ends here."""


class GraphRecorder:
    """Hears of every execution, and draws the tree of the first ones."""

    def __init__(self) -> None:
        self._root = _Twig()
        self._count = 0

    def add(self, ended: Ended) -> None:
        """An execution is over."""
        self._count += 1
        if self._count > MOST_EXECUTIONS:
            return
        collection = Collection()
        collection.add(ended)
        twig = self._root
        for pid in ended.schedule.steps:
            twig = twig.following.setdefault(pid, _Twig())
        twig.ends = True
        twig.kinds = tuple(dict.fromkeys(key.kind for key in collection.found))

    def draw(self, report: Report, as_svg: bool) -> str:
        """The picture."""
        left_out = max(0, self._count - MOST_EXECUTIONS)
        title = f"{report.program}: {self._count - left_out:,} executions"
        if left_out:
            title += f" ({left_out:,} more are left out)"
        return _svg(self._root, title) if as_svg else _dot(self._root, title)


def _chain(pid: Pid, twig: _Twig) -> tuple[list[Pid], _Twig]:
    """The steps from here to the next branching or end, and the state there."""
    steps = [pid]
    while len(twig.following) == 1 and not twig.ends:
        [(pid, twig)] = twig.following.items()
        steps.append(pid)
    return steps, twig


def _label(steps: list[Pid]) -> str:
    """Steps in short: ``1x6 2 3x2``."""
    words = []
    for pid, group in groupby(steps):
        count = len(list(group))
        name = str(pid) if pid > 0 else "timer"
        words.append(name if count == 1 else f"{name}x{count}")
    return " ".join(words)


def _verdict(twig: _Twig) -> str:
    return ", ".join(twig.kinds) or "fine"


def _dot(root: _Twig, title: str) -> str:
    lines = ["digraph schedules {", "  rankdir=LR", f"  label={quoteattr(title)}", "  node [shape=point]", "  s0"]
    count = 0
    todo = [(root, 0)]
    while todo:
        twig, number = todo.pop()
        for pid, following in twig.following.items():
            steps, end = _chain(pid, following)
            count += 1
            if end.ends:
                colour = "red" if end.kinds else "darkgreen"
                lines.append(f'  s{count} [shape=box, color={colour}, label="{_verdict(end)}"]')
            lines.append(f'  s{number} -> s{count} [label="{_label(steps)}"]')
            todo.append((end, count))
    return "\n".join([*lines, "}", ""])


class _Drawn:
    """A state in the picture."""

    __slots__ = ("children", "label", "twig", "x", "y")

    def __init__(self, twig: _Twig, label: str, x: float) -> None:
        self.twig = twig
        self.label = label
        self.x = x
        self.y = 0.0
        self.children: list[_Drawn] = []


def _svg(root: _Twig, title: str) -> str:
    top = _Drawn(root, "", _MARGIN)
    order = [top]
    for drawn in order:  # grows while it is walked
        for pid, following in drawn.twig.following.items():
            steps, end = _chain(pid, following)
            label = _label(steps)
            child = _Drawn(end, label, drawn.x + _COLUMN + len(label) * _LETTER)
            drawn.children.append(child)
            order.append(child)
    rows = 0
    for drawn in _leaves(top):
        drawn.y = _MARGIN * 2.5 + rows * _ROW
        rows += 1
    for drawn in reversed(order):
        if drawn.children:
            drawn.y = (drawn.children[0].y + drawn.children[-1].y) / 2
    width = max(each.x + len(_verdict(each.twig)) * _LETTER for each in order) + 2 * _MARGIN
    height = _MARGIN * 3 + rows * _ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" font-family="monospace" '
        'font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_MARGIN}" y="{_MARGIN}">{escape(title)}</text>',
    ]
    for drawn in order:
        lines += (_edge(drawn, child) for child in drawn.children)
        if drawn.twig.ends:
            colour = "#b00020" if drawn.twig.kinds else "#1b7a2f"
            words = escape(_verdict(drawn.twig))
            lines.append(f'<circle cx="{drawn.x:.0f}" cy="{drawn.y:.1f}" r="4" fill="{colour}"/>')
            lines.append(f'<text x="{drawn.x + 8:.0f}" y="{drawn.y + 4:.1f}" fill="{colour}">{words}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _leaves(top: _Drawn) -> Iterator[_Drawn]:
    todo = [top]
    while todo:
        drawn = todo.pop()
        if not drawn.children:
            yield drawn
        todo += reversed(drawn.children)


def _edge(drawn: _Drawn, child: _Drawn) -> str:
    bend = drawn.x + _COLUMN / 2
    return (
        f'<path d="M{drawn.x:.0f} {drawn.y:.1f} L{bend:.0f} {child.y:.1f} L{child.x:.0f} {child.y:.1f}" fill="none" '
        f'stroke="#888"/><text x="{bend + 3:.0f}" y="{child.y - 4:.1f}" fill="#333">{escape(child.label)}</text>'
    )
