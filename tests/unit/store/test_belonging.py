"""What a database and a home are to each other: the decision, without either."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.store.belonging import Holdings, Mark, Named, Standing, objection, standing, unsafe, unshared

OURS, THEIRS = "0a" * 16, "0b" * 16
LAST, BEFORE, UNNAMED = "11" * 16, "22" * 16, "33" * 16
HERE = Path("/srv/here")


def named(token: str = LAST) -> Named:
    return Named(home=OURS, token=token, folder="/srv/there", node="north-7", marked_at=THEN)


def marks(home: str, *tokens: str) -> list[Mark]:
    return [Mark(token=token, home=home) for token in tokens]


THEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def later_mark(home: str, token: str) -> Mark:
    return Mark(token=token, home=home, made_at=THEN + timedelta(seconds=1))


NAMED, BEGUN = named(), named("")
CASES: list[tuple[str, Named | None, list[Mark], Standing]] = [
    ("the mark of the last start is there", NAMED, marks(OURS, LAST), "same"),
    ("a start died before the database named its mark", NAMED, marks(OURS, LAST, UNNAMED), "same"),
    ("a start died before it forgot the mark before", NAMED, marks(OURS, BEFORE, LAST), "same"),
    ("marks of an adopted home are left over", NAMED, [*marks(OURS, LAST), *marks(THEIRS, BEFORE)], "same"),
    ("everything is new", None, [], "first"),
    ("the first start died before it marked", BEGUN, [], "first"),
    ("the first start died between mark and name", BEGUN, marks(OURS, UNNAMED), "first"),
    ("an empty folder, as when nothing is mounted", NAMED, [], "unmarked"),
    ("a copy that others have gone on without", NAMED, marks(OURS, BEFORE), "stale"),
    ("an older database: the home was used since", NAMED, [later_mark(OURS, BEFORE)], "ahead"),
    ("a start died, later than what the database names", NAMED, [*marks(OURS, LAST), later_mark(OURS, BEFORE)], "same"),
    ("another database uses the home of another", NAMED, [later_mark(THEIRS, BEFORE)], "other"),
    ("the token of the last start, but in another home", NAMED, marks(THEIRS, LAST), "other"),
    ("the home of another database", NAMED, marks(THEIRS, BEFORE), "other"),
    ("a new database over an old home", None, marks(OURS, LAST), "other"),
    ("another's home, while the first start is under way", BEGUN, marks(THEIRS, LAST), "other"),
]


@pytest.mark.parametrize(("database", "home", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_where_they_stand_to_each_other(database: Named | None, home: list[Mark], found: Standing) -> None:
    assert standing(database, home) == found
    assert bool(objection(found, HERE, database, home)) == (found not in ("same", "first"))


@pytest.mark.parametrize(
    ("found", "home", "words"),
    [
        ("unmarked", [], "/srv/here is not the home of this database: it has no mark of any"),
        ("stale", marks(OURS, BEFORE), "a copy or an older state of this database's home: it lacks the mark 11111111"),
        (
            "ahead",
            marks(OURS, BEFORE),
            "the database is older than the home: a backup was restored, or another database",
        ),
        ("other", marks(THEIRS, LAST), "/srv/here is the home of another database: it is marked 0b0b0b0b"),
    ],
)
def test_an_objection_says_what_was_found_what_was_expected_and_what_to_do(
    found: Standing, home: list[Mark], words: str
) -> None:
    said = objection(found, HERE, NAMED, home)

    assert words in said
    assert "home is 0a0a0a0a, last used in /srv/there by north-7 at 2026-03-02 12:00:00 UTC" in said
    assert ("GATEWAY_HOME" in said) == (found != "ahead")
    assert "`gateway database adopt-home`" in said


def test_a_running_node_that_does_not_see_the_mark_is_told_of_with_where_it_should_be() -> None:
    assert "/srv/here is not the folder that the nodes which run have" in unshared(HERE, NAMED)
    assert "/srv/there" in unshared(HERE, NAMED)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (Holdings(), ""),
        (Holdings(contents=20, files=100), ""),
        (Holdings(contents=20, files=30, strange=10), ""),
        (Holdings(contents=20, missing=1, files=30), "of 20 contents looked at, 1 are not readable there"),
        (Holdings(contents=20, missing=20), "Bring the blobs/ of all nodes together"),
        (Holdings(files=3, strange=3), "of 3 files looked at the database knows none"),
    ],
)
def test_they_begin_together_only_where_nothing_is_missing_and_nothing_is_anothers(held: Holdings, words: str) -> None:
    said = unsafe(HERE, held)

    assert words in said
    assert bool(said) == bool(words)
