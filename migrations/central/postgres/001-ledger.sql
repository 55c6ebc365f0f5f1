-- The ledger of a central on PostgreSQL 15 or later. An older binary refuses a database with a later
-- migration. The tables are those of SQLite (../sqlite), where the comments on their columns stand;
-- what is different here is said here.
-- Instants: *_ms are milliseconds, `start` minutes, `cell` five minutes since 1970 in UTC.
-- Kinds of claims: 1 hold, 2 lease, 3 booking. A higher one outranks a lower one.

CREATE TABLE ledger (
    one        SMALLINT PRIMARY KEY CHECK (one = 1),
    epoch      TEXT     NOT NULL,
    secret     BYTEA    NOT NULL,
    catalogue  BIGINT   NOT NULL DEFAULT 0,
    rules      TEXT,
    exemptions TEXT     NOT NULL DEFAULT '[]',
    municipalities TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE services (
    code     TEXT COLLATE "C" PRIMARY KEY,
    branch   SMALLINT NOT NULL,
    document TEXT NOT NULL
);

CREATE TABLE organizations (
    code     TEXT COLLATE "C" PRIMARY KEY,
    document TEXT NOT NULL
);

CREATE TABLE locations (
    id       BIGINT PRIMARY KEY,
    document TEXT NOT NULL
);

CREATE TABLE schedules (
    id       BIGINT   PRIMARY KEY,
    resource BIGINT   NOT NULL,
    channels SMALLINT NOT NULL,
    document TEXT     NOT NULL
);

CREATE INDEX schedules_by_resource ON schedules (resource);

CREATE TABLE sessions (
    schedule   BIGINT   NOT NULL REFERENCES schedules (id),
    start      INTEGER  NOT NULL,
    step       INTEGER  NOT NULL,
    slots      INTEGER  NOT NULL,
    places     INTEGER  NOT NULL,
    revision   BIGINT   NOT NULL,
    closed     BYTEA    NOT NULL,
    released   SMALLINT NOT NULL DEFAULT 0,
    release_at INTEGER,
    PRIMARY KEY (schedule, start)
);

CREATE INDEX sessions_by_release ON sessions (release_at) WHERE release_at IS NOT NULL;

CREATE TABLE service_states (
    channel TEXT PRIMARY KEY,
    state   TEXT NOT NULL
);

CREATE TABLE desks (
    id           BIGINT PRIMARY KEY,
    code         TEXT   NOT NULL UNIQUE,
    channel      TEXT   NOT NULL,
    token        BYTEA  NOT NULL UNIQUE,
    acknowledged BIGINT NOT NULL DEFAULT 0,
    pruned       BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE enrolment_codes (
    code       BYTEA  PRIMARY KEY,
    channel    TEXT   NOT NULL,
    expires_ms BIGINT NOT NULL,
    request    BYTEA,
    desk       BIGINT REFERENCES desks (id)
);

-- Room is left in the pages of what is written again soon after its insertion.
CREATE TABLE bookings (
    id        BIGINT   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number    TEXT     UNIQUE,
    desk      BIGINT   NOT NULL,
    state     SMALLINT NOT NULL,
    last      UUID,
    nre       TEXT,
    placement TEXT
) WITH (fillfactor = 70);

CREATE TABLE appointments (
    booking  BIGINT   NOT NULL REFERENCES bookings (id),
    line     SMALLINT NOT NULL,
    service  TEXT     NOT NULL,
    schedule BIGINT   NOT NULL,
    resource BIGINT   NOT NULL,
    start    INTEGER  NOT NULL,
    place    SMALLINT NOT NULL,
    minutes  INTEGER  NOT NULL,
    PRIMARY KEY (booking, line)
);

-- A prescription line has at most one live booking.
CREATE TABLE live_lines (
    nre     TEXT     NOT NULL,
    line    SMALLINT NOT NULL,
    booking BIGINT   NOT NULL,
    PRIMARY KEY (nre, line)
);

CREATE TABLE holds (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request    UUID   NOT NULL UNIQUE,
    desk       BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);

CREATE INDEX holds_by_expiry ON holds (expires_ms);

CREATE TABLE hold_spans (
    hold     BIGINT   NOT NULL REFERENCES holds (id) ON DELETE CASCADE,
    n        SMALLINT NOT NULL,
    schedule BIGINT   NOT NULL,
    resource BIGINT   NOT NULL,
    start    INTEGER  NOT NULL,
    place    SMALLINT NOT NULL,
    minutes  INTEGER  NOT NULL,
    PRIMARY KEY (hold, n)
);

CREATE INDEX hold_spans_by_resource ON hold_spans (resource);

-- No place is given twice, whatever the programs do: this key says so.
CREATE TABLE claims (
    resource BIGINT   NOT NULL,
    cell     INTEGER  NOT NULL,
    place    SMALLINT NOT NULL,
    kind     SMALLINT NOT NULL,
    owner    BIGINT   NOT NULL,
    PRIMARY KEY (resource, cell, place)
);

CREATE TABLE quota_tickets (
    schedule BIGINT   NOT NULL,
    start    INTEGER  NOT NULL,
    class    SMALLINT NOT NULL,
    n        INTEGER  NOT NULL,
    kind     SMALLINT NOT NULL,
    owner    BIGINT   NOT NULL,
    PRIMARY KEY (schedule, start, class, n)
);

CREATE INDEX quota_tickets_by_owner ON quota_tickets (owner, kind);

CREATE TABLE operations (
    id      UUID   PRIMARY KEY,
    desk    BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    hash    BYTEA  NOT NULL,
    booking BIGINT,
    settled TEXT,                             -- JSON, but for the number in the feed
    seq     BIGINT                            -- that number; NULL until the sequencer was there
) WITH (fillfactor = 50);

CREATE INDEX operations_by_number ON operations (desk, number);

CREATE TABLE feed (
    seq      BIGINT   PRIMARY KEY,
    tx       BIGINT   NOT NULL,
    digest   BYTEA    NOT NULL,
    channels SMALLINT NOT NULL,
    kind     SMALLINT NOT NULL,
    schedule BIGINT   NOT NULL,
    start    INTEGER  NOT NULL,
    payload  BYTEA    NOT NULL
);

-- What committed transactions touched and the feed has not told yet. The sequencer tells it, numbers
-- the rows and empties this table, in one transaction.
-- Kinds: 0 time on a resource, 1 session, 2 schedule, 3 catalogue, 4 everything, 5 operation.
CREATE TABLE unnumbered (
    id        BIGINT   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      SMALLINT NOT NULL,
    subject   BIGINT,                         -- resource of kind 0, schedule of kinds 1 and 2
    start     INTEGER,
    stop      INTEGER,
    operation UUID                            -- waits for its number
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Has no rows. Whoever numbers the feed locks it, for a lock on a table is the one that can be
-- waited for before the transaction's view of the rest is fixed.
CREATE TABLE sequencer ();

-- Chunks of snapshots, for they are asked of any process, and not only of the one that made them.
CREATE TABLE chunks (
    hash    TEXT        PRIMARY KEY,
    bytes   BYTEA       NOT NULL,
    kept_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
