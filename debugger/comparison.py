"""Two stories side by side, with the first difference marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

ALIKE = 3
"""Rows before the first difference that are shown."""
MOST_ROWS = 40
"""Rows from the first difference on that are shown."""
WIDEST = 60
"""Characters of a column."""


def side_by_side(left: Sequence[str], right: Sequence[str], titles: tuple[str, str]) -> str:
    """Two lists of lines as two columns; ``>`` marks the first row in which they differ."""
    alike = next(
        (row for row, (one, other) in enumerate(zip_longest(left, right)) if one != other), max(len(left), len(right))
    )
    if alike == len(left) == len(right):
        return f"{titles[0]} and {titles[1]} are the same in all {alike:,} steps"
    first = max(0, alike - ALIKE)
    last = alike + MOST_ROWS
    rows = list(zip_longest(map(_cut, left[first:last]), map(_cut, right[first:last]), fillvalue=""))
    width = max(len(one) for one, _ in (titles, *rows))
    number_width = len(str(first + len(rows)))
    lines = [f"  {'':{number_width}}  {titles[0]:{width}}  {titles[1]}".rstrip()]
    if first:
        lines.append(f"  {'':{number_width}}  ... {first:,} more that are the same")
    for number, (one, other) in enumerate(rows, first):
        mark = ">" if number == alike else " "
        lines.append(f"{mark} {number + 1:{number_width}}  {one:{width}}  {other}".rstrip())
    more = max(len(left), len(right)) - first - len(rows)
    if more > 0:
        lines.append(f"  {'':{number_width}}  ... and {more:,} more")
    return "\n".join(lines)


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
