"""Merkle trees as RFC 9162 has them (section 2.1), by indexes: roots, proofs, and their checks.

A node `(level, index)` is the root over the 2^level leaves from `index * 2^level` on. Whoever has
the nodes of complete subtrees can compute any root and any proof with O(log n) of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Protocol

Node = tuple[int, int]

EMPTY = sha256().digest()


class Nodes(Protocol):
    """Gives the hash of a complete subtree."""

    def __getitem__(self, node: Node, /) -> bytes: ...


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours."""
    return sha256(b"\x01" + left + right).digest()


def root(nodes: Nodes, size: int) -> bytes:
    """Compute the root over the first `size` leaves."""
    return _over(nodes, 0, size) if size else EMPTY


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Prove that a leaf is the `index`-th, from 0 on, of the first `size` (section 2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} among {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_over(nodes, middle, end))
            end = middle
        else:
            path.append(_over(nodes, begin, middle))
            begin = middle
    return path[::-1]


def consistency(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """Prove that the first `first` of `second` leaves are still the same (section 2.1.4.1)."""
    if not 0 < first <= second:
        raise IndexError(f"there is no tree of {first} in one of {second}")
    path: list[bytes] = []
    begin, end = 0, second
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append(_over(nodes, middle, end))
            end = middle
        else:
            path.append(_over(nodes, begin, middle))
            begin = middle
    if begin:
        path.append(_over(nodes, begin, end))
    return path[::-1]


def included_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Compute the root that an inclusion proof leads to; None if it has not the right length."""
    if not 0 <= index < size:
        return None
    at, last, result = index, size - 1, leaf
    for sibling in path:
        if not last:
            return None
        if at & 1 or at == last:
            result = node_hash(sibling, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        at, last = at >> 1, last >> 1
    return None if last else result


def consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Check a consistency proof (section 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second:
        return False
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return not last and old == first_root and new == second_root


def needed(compute: Callable[[Nodes], object]) -> set[Node]:
    """Tell which nodes a computation asks for, whatever their hashes are."""
    asked: set[Node] = set()

    class Asking:
        def __getitem__(self, node: Node) -> bytes:
            asked.add(node)
            return b""

    compute(Asking())
    return asked


class Frontier:
    """A tree that grows leaf by leaf and keeps no more than the complete subtrees at its edge."""

    def __init__(self, size: int = 0, nodes: Nodes | None = None) -> None:
        self.size = size
        self.completed: list[tuple[int, int, bytes]] = []
        """Subtrees of `STORED_LEVEL` and above: level, index, hash. For others to clear."""
        self._edge: list[bytes] = []
        if nodes is not None:
            self._edge = [nodes[node] for node in edge(size)]

    def append(self, leaf: bytes) -> None:
        """Add a leaf."""
        index, level, result = self.size, 0, leaf
        while index & 1:
            result = sha256(b"\x01" + self._edge.pop() + result).digest()
            index, level = index >> 1, level + 1
            if level >= STORED_LEVEL:
                self.completed.append((level, index, result))
        self._edge.append(result)
        self.size += 1

    def root(self) -> bytes:
        """Compute the root over all leaves so far."""
        if not self._edge:
            return EMPTY
        result = self._edge[-1]
        for left in self._edge[-2::-1]:
            result = node_hash(left, result)
        return result


STORED_LEVEL = 8
"""The level from which on complete subtrees are kept; smaller ones are computed from leaves."""


def edge(size: int) -> list[Node]:
    """Name the complete subtrees that a tree consists of, from the largest on."""
    levels = [level for level in range(size.bit_length()) if size >> level & 1]
    return [(level, (size >> level) - 1) for level in reversed(levels)]


def _split(size: int) -> int:
    """Give the largest power of two that is smaller."""
    return 1 << (size - 1).bit_length() - 1


def _over(nodes: Nodes, begin: int, end: int) -> bytes:
    """Compute the root over a part that begins where a subtree of its size may begin."""
    size = end - begin
    level = size.bit_length() - 1
    if size == 1 << level:
        return nodes[level, begin >> level]
    middle = begin + _split(size)
    return node_hash(_over(nodes, begin, middle), _over(nodes, middle, end))
