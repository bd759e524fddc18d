"""Paths as they are drawn: the points of SVG path data, and how far two drawings lie apart."""

import re

import numpy as np
from matplotlib.path import Path as Outline

TOKEN = re.compile(r"[MlLzZ]|-?(?:\d+\.?\d*|\.\d+)")


def strokes(data: str) -> list[np.ndarray]:
    """The (n, 2) points of each subpath; M, L, l and z are known."""
    assert not TOKEN.sub("", data).strip(), f"not a path of straight segments: {data[:80]!r}"
    tokens = TOKEN.findall(data)
    found: list[list[tuple[float, float]]] = []
    command, at = "", 0
    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
            if command in "zZ":
                found[-1].append(found[-1][0])
                continue
        x, y = map(float, tokens[at:at + 2])
        at += 2
        if command == "M":
            found.append([(x, y)])
            command = "L"
        elif command == "l":
            here = found[-1][-1]
            found[-1].append((here[0] + x, here[1] + y))
        else:
            assert command == "L", f"numbers after {command!r} in {data[:80]!r}"
            found[-1].append((x, y))
    return [np.array(points) for points in found]


def cut(lines: list[np.ndarray], width: float, height: float) -> list[np.ndarray]:
    """What of the lines lies on the canvas."""
    found = []
    for line in lines:
        on = Outline(line).cleaned(clip=(0, 0, width, height))
        starts = np.flatnonzero(on.codes == Outline.MOVETO)
        found += [part for part in np.split(on.vertices[on.codes != Outline.STOP], starts[1:]) if len(part)]
    return found


def length(lines: list[np.ndarray]) -> float:
    return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines))


def apart(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    """The largest distance from a point of either drawing to the other one's lines, in pixels."""
    return max(_reach(one, other), _reach(other, one))


def _reach(lines: list[np.ndarray], to: list[np.ndarray]) -> float:
    points = np.concatenate(lines)[:, None]                                     # (n, 1, 2)
    start = np.concatenate([line[:-1] if len(line) > 1 else line for line in to])  # (m, 2)
    end = np.concatenate([line[1:] if len(line) > 1 else line for line in to])
    along = end - start
    size = np.maximum((along**2).sum(-1), 1e-12)
    part = np.clip(((points - start) * along).sum(-1) / size, 0, 1)             # (n, m)
    return float(np.linalg.norm(points - (start + part[..., None] * along), axis=-1).min(1).max())
