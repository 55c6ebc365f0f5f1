-- A ledger that went back in time. An older binary cannot open a file with this migration.

-- What the central notes of itself: its condition, how many lives the ledger had, which seal it goes with.
CREATE TABLE notes (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a desk has told since the ledger began another life: 0 not all, 1 all, 2 written off by an
-- administrator, 3 all, but for some of it others have to be heard first.
ALTER TABLE desks ADD COLUMN report INTEGER NOT NULL DEFAULT 1;
