-- The desk's own record. Append-only migrations: an older binary refuses a file with a later one.
-- Instants: *_ms are milliseconds since 1970 in UTC; `start` is in minutes.

CREATE TABLE enrolment (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    desk         INTEGER NOT NULL,
    code         TEXT    NOT NULL,             -- first four characters of its booking numbers
    channel      TEXT    NOT NULL,
    token        TEXT    NOT NULL,
    central_url  TEXT    NOT NULL,
    central_name TEXT    NOT NULL,
    enrolled_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Patients seen here, to fill the form.
CREATE TABLE patients (
    id       TEXT PRIMARY KEY,
    document TEXT    NOT NULL,                 -- JSON
    seen_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bookings (
    number     TEXT PRIMARY KEY,
    draft      TEXT    NOT NULL UNIQUE,        -- the same form sent twice is one booking
    created_ms INTEGER NOT NULL,
    placement  TEXT    NOT NULL,               -- JSON of the first placement
    given_up_ms INTEGER,                       -- put away by the operator
    version    INTEGER NOT NULL DEFAULT 1,     -- rises with every change
    -- Where the queue shows it. Follows from the operations; written with them, checked by `verify`.
    part       INTEGER NOT NULL,               -- 0 to resolve, 1 waiting, 2 settled
    since_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX bookings_by_part ON bookings (part, since_ms);

-- What was done. Rows are archived with their outcome, never deleted.
CREATE TABLE operations (
    number           INTEGER PRIMARY KEY,      -- the desk's own numbering, without gaps
    id               TEXT    NOT NULL UNIQUE,
    booking          TEXT    NOT NULL REFERENCES bookings (number),
    previous         TEXT,
    kind             TEXT    NOT NULL CHECK (kind IN ('book', 'move', 'cancel')),
    body             TEXT    NOT NULL,         -- exactly the bytes that are hashed and sent
    created_ms       INTEGER NOT NULL,
    possibly_sent_ms INTEGER,                  -- durable before the first byte leaves
    outcome          TEXT,                     -- JSON of what became of it; '"withdrawn"' if never sent
    settled_ms       INTEGER,
    epoch            TEXT,
    seq              INTEGER
) STRICT;

CREATE INDEX operations_by_booking ON operations (booking, number);
CREATE INDEX operations_waiting ON operations (number) WHERE outcome IS NULL;

-- The places an operation is after.
CREATE TABLE wanted (
    operation INTEGER NOT NULL REFERENCES operations (number),
    schedule  INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    place     INTEGER NOT NULL,
    minutes   INTEGER NOT NULL,
    PRIMARY KEY (operation, schedule, start, place)
) STRICT, WITHOUT ROWID;

-- A line of a prescription has at most one live booking here.
CREATE TABLE live_lines (
    nre     TEXT    NOT NULL,
    line    INTEGER NOT NULL,
    booking TEXT    NOT NULL REFERENCES bookings (number),
    PRIMARY KEY (nre, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX live_lines_by_booking ON live_lines (booking);

-- Places that somebody else keeps for the moment: not offered until then.
CREATE TABLE refused (
    schedule INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    minutes  INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (schedule, start, place)
) STRICT, WITHOUT ROWID;

-- Who did what. Each row carries the digest of all before it.
CREATE TABLE access_log (
    seq     INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    what    TEXT    NOT NULL,
    subject TEXT    NOT NULL,                  -- a booking number, or empty
    digest  BLOB    NOT NULL
) STRICT;
