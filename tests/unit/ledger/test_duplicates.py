from datetime import UTC, datetime, timedelta

from gateway.ledger.duplicates import First, Judgement, Known, OtherBytes, SameBytes, judge

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = timedelta(days=90)
KNOWN = Known(interchange="first", sha256="aa", seen_at=NOON)


def judged(sha256: str, *, after: timedelta = timedelta(days=1), released: bool = False, own: str = "") -> Judgement:
    return judge(KNOWN, sha256, now=NOON + after, window=WINDOW, released=released, interchange=own)


def test_a_number_nobody_has_used_is_the_first() -> None:
    assert judge(None, "aa", now=NOON, window=WINDOW) == First()


def test_the_same_bytes_again_are_a_duplicate_of_the_one_that_is_known() -> None:
    assert judged("aa") == SameBytes(KNOWN)


def test_other_bytes_under_the_same_number_wait_for_a_person() -> None:
    assert judged("bb") == OtherBytes(KNOWN)


def test_a_released_correction_takes_the_number() -> None:
    assert judged("bb", released=True) == First()


def test_a_release_does_not_deliver_the_same_bytes_twice() -> None:
    assert judged("aa", released=True) == SameBytes(KNOWN)


def test_the_window_still_holds_at_its_last_moment_and_not_after() -> None:
    assert judged("bb", after=WINDOW) == OtherBytes(KNOWN)
    assert judged("aa", after=WINDOW + timedelta(seconds=1)) == First()


def test_a_clock_that_runs_behind_does_not_open_the_window() -> None:
    assert judged("aa", after=timedelta(seconds=-30)) == SameBytes(KNOWN)


def test_work_done_twice_finds_itself_and_is_no_duplicate() -> None:
    assert judged("aa", own="first") == First()


def test_what_has_no_id_yet_is_never_taken_for_the_one_that_holds_the_number() -> None:
    unnamed = Known(interchange="", sha256="aa", seen_at=NOON)

    assert judge(unnamed, "aa", now=NOON, window=WINDOW) == SameBytes(unnamed)
    assert judged("aa", own="second") == SameBytes(KNOWN)


def test_unless_it_is_said_nobody_released_it() -> None:
    assert judge(KNOWN, "bb", now=NOON, window=WINDOW) == OtherBytes(KNOWN)
