-- Places set aside for desks. An older binary cannot open a file with this migration.
-- States of leases: 1 live, 2 consumed by a booking, 3 surrendered, 4 lapsed, 5 voided (stolen desk),
-- 6 spent: named by an operation that got no booking on it.

-- Ids are never used twice (rule 2), hence AUTOINCREMENT.
CREATE TABLE leases (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    desk        INTEGER NOT NULL REFERENCES desks (id),
    incarnation BLOB    NOT NULL,             -- life of the desk's record that it was granted to
    schedule    INTEGER NOT NULL,
    resource    INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    minutes     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    service     TEXT    NOT NULL,
    wanted      INTEGER NOT NULL,             -- class it was asked for: 0 U, 1 B, 2 D, 3 P, 4 follow-up
    classes     INTEGER NOT NULL,             -- for whom it may be booked, one bit each
    granted_ms  INTEGER NOT NULL,
    book_ms     INTEGER NOT NULL,             -- the desk may promise until then; frees nothing
    honour_ms   INTEGER NOT NULL,             -- the place is kept until then
    recalled    INTEGER NOT NULL DEFAULT 0,
    state       INTEGER NOT NULL DEFAULT 1,
    ended_ms    INTEGER,
    booking     INTEGER                       -- the one that consumed it
) STRICT;

CREATE INDEX leases_by_desk ON leases (desk) WHERE state = 1;
CREATE INDEX leases_by_schedule ON leases (schedule) WHERE state = 1;
CREATE INDEX leases_by_resource ON leases (resource, start) WHERE state = 1;
CREATE INDEX leases_by_honour ON leases (honour_ms) WHERE state = 1;

-- The exchanges of stock, by the lives of a desk's record. One of them may go on; what is fenced
-- stays fenced (rule 11).
CREATE TABLE desk_stock (
    desk        INTEGER NOT NULL REFERENCES desks (id),
    incarnation BLOB    NOT NULL,
    number      INTEGER NOT NULL,             -- of the last exchange
    request     BLOB    NOT NULL,             -- its id
    reply       TEXT    NOT NULL,             -- JSON, replayed word for word
    fenced      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (desk, incarnation)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX desk_stock_of_now ON desk_stock (desk) WHERE fenced = 0;

-- Last instant at which a channel surely accepted operations (rule 4).
CREATE TABLE accepting (
    channel TEXT    PRIMARY KEY,
    at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bookings that were promised on a lease and confirmed, though their place is no longer what it was
-- (rule 8).
CREATE TABLE displaced (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    booking  INTEGER NOT NULL REFERENCES bookings (id),
    line     INTEGER NOT NULL,
    schedule INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    why      INTEGER NOT NULL,                -- 1 suspended, 2 withdrawn, 3 no such slot, 4 closed, 5 not admitted
    at_ms    INTEGER NOT NULL,
    decision INTEGER                          -- 1 move, 2 call, 3 keep; NULL: none yet
) STRICT;

-- Which schedules offer a service, and where: follows from their documents.
CREATE TABLE schedule_services (
    service  TEXT    NOT NULL,
    schedule INTEGER NOT NULL REFERENCES schedules (id),
    location INTEGER NOT NULL,
    PRIMARY KEY (service, schedule)
) STRICT, WITHOUT ROWID;

CREATE INDEX schedule_services_by_schedule ON schedule_services (schedule);

INSERT INTO schedule_services (service, schedule, location)
SELECT DISTINCT json_extract(s.value, '$.code'), c.id, json_extract(c.document, '$.location')
FROM schedules c, json_each(c.document, '$.services') s;

ALTER TABLE ledger ADD COLUMN lease_policy TEXT;                  -- JSON; NULL: as the program has it
ALTER TABLE desks ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;  -- 1 revoked, 2 stolen
