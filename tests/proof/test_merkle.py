"""The proof arithmetic gives what the standard's own test data and another library give."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as their_consistency
from pymerkle import verify_inclusion as their_inclusion

from oms_core.runtime.proof.merkle import (
    EMPTY,
    Frontier,
    Node,
    consistency,
    consistent,
    included_root,
    inclusion,
    leaf_hash,
    needed,
    node_hash,
    root,
)

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Google's Certificate Transparency, merkle_tree_test.cc: entries, and the roots of their trees."""

INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
"""From the same test; leaves are counted from 0 here."""


class Computed:
    """Nodes of complete subtrees, straight from the entries."""

    def __init__(self, entries: list[bytes]) -> None:
        self.entries = entries

    def __getitem__(self, node: Node) -> bytes:
        level, index = node
        if level == 0:
            return leaf_hash(self.entries[index])
        return node_hash(self[level - 1, 2 * index], self[level - 1, 2 * index + 1])


NODES = Computed(ENTRIES)


def grown(entries: list[bytes]) -> Frontier:
    frontier = Frontier()
    for entry in entries:
        frontier.append(leaf_hash(entry))
    return frontier


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(NODES, 0) == Frontier().root() == EMPTY


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root(NODES, size).hex() == ROOTS[size - 1]
    assert grown(ENTRIES[:size]).root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_certificate_transparency(index: int, size: int) -> None:
    path = inclusion(NODES, index, size)
    assert [step.hex() for step in path] == INCLUSION[index, size]
    found = included_root(leaf_hash(ENTRIES[index]), index, size, path)
    assert found is not None
    assert found.hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(first: int, second: int) -> None:
    path = consistency(NODES, first, second)
    assert [step.hex() for step in path] == CONSISTENCY[first, second]
    roots = [bytes.fromhex(ROOTS[size - 1]) for size in (first, second)]
    assert consistent(first, roots[0], second, roots[1], path)


def test_our_roots_and_proofs_satisfy_another_implementation() -> None:
    """pymerkle's tree of 40 entries: the same roots, the same paths; it takes our proofs."""
    entries = [bytes([i]) * i for i in range(40)]
    nodes, theirs = Computed(entries), InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    for size in range(1, 41):
        assert theirs.get_root(size) == root(nodes, size)
    for index in range(40):
        proof = theirs.prove_inclusion(index + 1, 40)
        assert proof.path[1:] == inclusion(nodes, index, 40)
        their_inclusion(leaf_hash(entries[index]), root(nodes, 40), proof)
    for first in range(1, 40):
        their_proof = theirs.prove_consistency(first, 40)
        their_consistency(root(nodes, first), root(nodes, 40), their_proof)


@settings(max_examples=200)
@given(st.data())
def test_only_the_right_leaf_at_the_right_place_is_included(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    nodes = Computed([bytes([i]) for i in range(size)])
    path, leaf, whole = inclusion(nodes, index, size), nodes[0, index], root(nodes, size)
    assert len(path) <= (size - 1).bit_length()
    assert included_root(leaf, index, size, path) == whole
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index) | st.just(size))
    assert included_root(leaf, other, size, path) != whole
    assert included_root(bytes(32), index, size, path) != whole
    assert included_root(leaf, index, size, [*path, leaf]) is None
    if path:
        assert included_root(leaf, index, size, path[:-1]) is None
        at = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:at], bytes(32), *path[at + 1 :]]
        assert included_root(leaf, index, size, changed) != whole


@settings(max_examples=200)
@given(st.data())
def test_only_a_tree_that_grew_is_consistent(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, 70))
    first = data.draw(st.integers(1, second))
    nodes = Computed([bytes([i]) for i in range(second)])
    path, old, new = consistency(nodes, first, second), root(nodes, first), root(nodes, second)
    assert consistent(first, old, second, new, path)
    assert not consistent(first, bytes(32), second, new, path)
    assert not consistent(first, old, second, bytes(32), path)
    assert not consistent(first, old, second, new, [*path, new])
    assert not consistent(second + 1, old, second, new, path)
    assert not consistent(0, EMPTY, second, new, path)
    for at in range(len(path)):
        assert not consistent(first, old, second, new, path[:at] + path[at + 1 :])
        changed = [*path[:at], bytes(32), *path[at + 1 :]]
        assert not consistent(first, old, second, new, changed)


def test_a_frontier_goes_on_from_any_size() -> None:
    nodes = Computed([bytes([i % 251]) for i in range(600)])
    for size in (0, 1, 7, 255, 256, 257, 511, 513):
        frontier = Frontier(size, nodes)
        for entry in nodes.entries[size:]:
            frontier.append(leaf_hash(entry))
        assert frontier.root() == root(nodes, 600)
        completed = [(level, index) for level, index, _ in frontier.completed]
        ends = {node: (node[1] + 1) << node[0] for node in ((8, 0), (8, 1), (9, 0))}
        assert set(completed) == {node for node, end in ends.items() if end > size}
        assert all(nodes[level, index] == digest for level, index, digest in frontier.completed)


def test_a_proof_in_a_log_of_a_hundred_million_needs_few_nodes() -> None:
    size = 10**8
    for index in (0, size // 3, size - 1):
        assert len(needed(lambda nodes: inclusion(nodes, index, size))) <= 60  # noqa: B023
    for one, two in pairwise([1, 255, 10**6, size]):
        assert len(needed(lambda nodes: consistency(nodes, one, two))) <= 60  # noqa: B023


def test_there_is_no_proof_for_what_is_not_there() -> None:
    for index, size in ((-1, 5), (5, 5), (0, 0)):
        with pytest.raises(IndexError):
            inclusion(NODES, index, size)
    for first, second in ((0, 5), (6, 5)):
        with pytest.raises(IndexError):
            consistency(NODES, first, second)
