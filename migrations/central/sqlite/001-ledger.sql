-- The ledger of a central. An older binary cannot open a file with a later migration.
-- Instants: *_ms are milliseconds, `start` minutes, `cell` five minutes since 1970 in UTC.
-- Kinds of claims: 1 hold, 2 lease, 3 booking. A higher one outranks a lower one.

CREATE TABLE ledger (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    epoch      TEXT    NOT NULL,              -- 32 hexadecimal digits
    secret     BLOB    NOT NULL,              -- tokens are derived from it
    catalogue  INTEGER NOT NULL DEFAULT 0,    -- counts the versions of the catalogue
    rules      TEXT,                          -- JSON; NULL until a region is installed
    exemptions TEXT    NOT NULL DEFAULT '[]', -- JSON
    municipalities TEXT NOT NULL DEFAULT '[]' -- JSON
) STRICT;

CREATE TABLE services (
    code     TEXT PRIMARY KEY,
    branch   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
    code     TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE locations (
    id       INTEGER PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

-- A schedule is never deleted: bookings name it. One that was withdrawn has no channels.
CREATE TABLE schedules (
    id       INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    document TEXT    NOT NULL
) STRICT;

CREATE INDEX schedules_by_resource ON schedules (resource);

-- What the owner published. Free places are nowhere stored: they follow from `closed` and claims.
CREATE TABLE sessions (
    schedule   INTEGER NOT NULL REFERENCES schedules (id),
    start      INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    slots      INTEGER NOT NULL,
    places     INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    closed     BLOB    NOT NULL,
    released   INTEGER NOT NULL DEFAULT 0,    -- classes whose quota has been released, one bit each
    release_at INTEGER,                       -- minute of the next release
    PRIMARY KEY (schedule, start)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_release ON sessions (release_at) WHERE release_at IS NOT NULL;

CREATE TABLE service_states (
    channel TEXT PRIMARY KEY,
    state   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE desks (
    id           INTEGER PRIMARY KEY,
    code         TEXT    NOT NULL UNIQUE,
    channel      TEXT    NOT NULL,
    token        BLOB    NOT NULL UNIQUE,     -- SHA-256
    acknowledged INTEGER NOT NULL DEFAULT 0,  -- outcomes up to this number are stored at the desk
    pruned       INTEGER NOT NULL DEFAULT 0   -- stored answers up to this number were dropped
) STRICT;

CREATE TABLE enrolment_codes (
    code       BLOB PRIMARY KEY,              -- SHA-256
    channel    TEXT    NOT NULL,
    expires_ms INTEGER NOT NULL,
    request    BLOB,                          -- the request that used it
    desk       INTEGER REFERENCES desks (id)
) STRICT, WITHOUT ROWID;

-- One row for each booking number that ever came, also where it never had a place.
CREATE TABLE bookings (
    id        INTEGER PRIMARY KEY,
    number    TEXT    UNIQUE,                 -- NULL for the background of a demonstration
    desk      INTEGER NOT NULL,
    state     INTEGER NOT NULL,               -- 0 without a place, 1 live, 2 cancelled
    last      BLOB,                           -- the last operation of its chain
    nre       TEXT,                           -- of the prescription, while it is live
    placement TEXT                            -- JSON, as it was confirmed last
) STRICT;

CREATE TABLE appointments (
    booking  INTEGER NOT NULL REFERENCES bookings (id),
    line     INTEGER NOT NULL,
    service  TEXT    NOT NULL,
    schedule INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    minutes  INTEGER NOT NULL,
    PRIMARY KEY (booking, line)
) STRICT, WITHOUT ROWID;

-- A prescription line has at most one live booking.
CREATE TABLE live_lines (
    nre     TEXT    NOT NULL,
    line    INTEGER NOT NULL,
    booking INTEGER NOT NULL,
    PRIMARY KEY (nre, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    id         INTEGER PRIMARY KEY,
    request    BLOB    NOT NULL UNIQUE,
    desk       INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX holds_by_expiry ON holds (expires_ms);

CREATE TABLE hold_spans (
    hold     INTEGER NOT NULL REFERENCES holds (id),
    n        INTEGER NOT NULL,
    schedule INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    minutes  INTEGER NOT NULL,
    PRIMARY KEY (hold, n)
) STRICT, WITHOUT ROWID;

-- No place is given twice, whatever the program does: this key says so. It also keeps two
-- schedules of one resource apart. Cell before place, for the cells of a session lie together.
CREATE TABLE claims (
    resource INTEGER NOT NULL,
    cell     INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    owner    INTEGER NOT NULL,                -- holds.id or bookings.id
    PRIMARY KEY (resource, cell, place)
) STRICT, WITHOUT ROWID;

-- The n-th appointment of a class in a session: taken under a key, never by counting.
CREATE TABLE quota_tickets (
    schedule INTEGER NOT NULL,
    start    INTEGER NOT NULL,                -- of the session
    class    INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    owner    INTEGER NOT NULL,
    PRIMARY KEY (schedule, start, class, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX quota_tickets_by_owner ON quota_tickets (owner, kind);

CREATE TABLE operations (
    id      BLOB PRIMARY KEY,
    desk    INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    hash    BLOB    NOT NULL,                 -- SHA-256 of the bytes of the body
    booking INTEGER,
    settled TEXT                              -- JSON, replayed word for word
) STRICT, WITHOUT ROWID;

CREATE INDEX operations_by_number ON operations (desk, number);

-- Changes in the order of commits. The oldest row kept is where the oldest cursor may stand.
CREATE TABLE feed (
    seq      INTEGER PRIMARY KEY,
    tx       INTEGER NOT NULL,                -- first row of the same transaction
    digest   BLOB    NOT NULL,                -- 8 bytes of the chain up to this row
    channels INTEGER NOT NULL,
    kind     INTEGER NOT NULL,                -- 0 session, 1 schedule, 2 catalogue, 3 birth
    schedule INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    payload  BLOB    NOT NULL
) STRICT;
