-- A ledger that went back in time: as in sqlite/003-recovery.sql.

CREATE TABLE notes (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

ALTER TABLE desks ADD COLUMN report SMALLINT NOT NULL DEFAULT 1;
