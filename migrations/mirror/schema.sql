-- The mirror: everything in it came from the central and can be fetched again. One file, no
-- migrations: a mirror of another version is set aside and replaced.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogue (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version TEXT NOT NULL,
    packed  BLOB NOT NULL                      -- JSON, zstd
) STRICT;

-- One packed row per schedule, as `model::availability` writes it.
CREATE TABLE availability (
    schedule INTEGER PRIMARY KEY,
    seq      INTEGER NOT NULL,                 -- where the mirror stood when it was written
    row      BLOB NOT NULL
) STRICT;

-- Pages of changes as they came, in order. What is free is a row and what later pages say of its schedule.
CREATE TABLE pages (
    seq   INTEGER PRIMARY KEY,                 -- where the mirror stands after it
    bytes BLOB NOT NULL
) STRICT;

-- Chunks as they came over the wire, by the hash of their bytes: those of the snapshot in force and of the one being
-- fetched.
CREATE TABLE chunks (
    hash  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The manifest of the snapshot being fetched.
CREATE TABLE staging (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    manifest TEXT NOT NULL                     -- JSON
) STRICT;
