"""The stages of a verdict as boxes with lines between them, left to right by how many stages lie before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from parityline.findings import StageResult

_HIGH, _GAP, _ACROSS, _LETTER, _LONGEST = 30, 14, 40, 7.2, 28


@dataclass(frozen=True, slots=True)
class Node:
    """One box; label: its name, cut where it is long."""

    label: str
    status: str
    x: int
    y: int
    width: int


@dataclass(slots=True)
class Graph:
    """Boxes and curves in one picture; nodes is empty where there is nothing to draw."""

    width: int = 0
    height: int = 0
    nodes: list[Node] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)


def drawn(stages: Sequence[StageResult]) -> Graph:
    """The graph of the stages that have a place in it."""
    own = [stage for stage in stages if stage.kind not in ("environment", "process")]
    if not any(stage.inputs for stage in own):
        return Graph()
    depth: dict[str, int] = {}
    for stage in own:  # in the pipeline's order, so that inputs come first
        depth[stage.name] = 1 + max((depth.get(name, -1) for name in stage.inputs), default=-1)
    widths = {stage.name: int(16 + _LETTER * min(len(stage.name), _LONGEST)) for stage in own}
    graph, left, places = Graph(), 10, dict[str, Node]()
    for level in range(max(depth.values()) + 1):
        column = [stage for stage in own if depth[stage.name] == level]
        widest = max(widths[stage.name] for stage in column)
        for row, stage in enumerate(column):
            label = stage.name if len(stage.name) <= _LONGEST else stage.name[: _LONGEST - 3] + "..."
            node = Node(label, stage.status, left, 10 + row * (_HIGH + _GAP), widths[stage.name])
            places[stage.name] = node
            graph.nodes.append(node)
            graph.height = max(graph.height, node.y + _HIGH + 10)
        left += widest + _ACROSS
    graph.width = left
    for stage in own:
        for name in stage.inputs:
            if name in places:
                graph.edges.append(_curve(places[name], places[stage.name]))
    return graph


def _curve(start: Node, end: Node) -> str:
    x1, y1, x2, y2 = start.x + start.width, start.y + _HIGH // 2, end.x, end.y + _HIGH // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
