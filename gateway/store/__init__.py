"""The road's memory: tables, the group-commit writer, blobs, mailboxes, control numbers, questions, releases.

Put together by the composition root: `open_database(url)` and `FileBlobs(home)` make `Means`; with those come `Writer`
(Intake), `StoreJournal`, `StoreMailbox`, `StoreQuestions`, `StoreOperator` and `StoreReleases`.
"""
