"""PostgreSQL advisory locks: one number for each reason to wait, since two that shared one would wait for each other.

SQLite has one writer, and needs none of them.
"""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """Numbers are never used again for something else: nodes of two versions share a database during an update."""

    MIGRATION = 7_012_019
    """Nodes that start together migrate one after the other."""

    LIVE = 7_012_020
    """Every running node holds it for share, as long as it runs, so that their number can be asked for."""

    PARTS = 7_012_021
    """Parts of a document come one after the other, so that the last one sees all."""

    CROSS_REFERENCES = 7_012_022
    """Rows are added and documents begin to wait one after the other, so that none waits for a row that was added a
    moment before.
    """

    PROOFS = 7_012_023
    """Proofs of purges follow each other, and nothing is put under a legal hold while a purge judges."""
