-- Places set aside for this desk (PROTOCOL.md, *Leases*). A lease is never deleted: what was renounced stays
-- renounced, whatever comes late. An older binary must not open the file: it would not know what was promised.

CREATE TABLE leases (
    id          INTEGER PRIMARY KEY,           -- the central's; never given twice
    schedule    INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    minutes     INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    service     TEXT    NOT NULL,
    classes     INTEGER NOT NULL,              -- bits: U, B, D, P, follow-up
    sent_wall_ms INTEGER NOT NULL,             -- both clocks when the request was sent that brought its term
    sent_boot_ms INTEGER NOT NULL,
    sent_run    INTEGER NOT NULL,
    book_for_s  INTEGER NOT NULL,
    honour_for_s INTEGER NOT NULL,
    state       INTEGER NOT NULL,              -- 0 live, 1 named by an operation, 2 renounced, 3 void
    operation   INTEGER REFERENCES operations (number),
    told        INTEGER NOT NULL DEFAULT 0     -- the central answered that it knows of the renouncement
) STRICT;

CREATE INDEX leases_by_operation ON leases (operation) WHERE operation IS NOT NULL;
CREATE INDEX leases_in_hand ON leases (state) WHERE state = 0;
CREATE INDEX leases_to_tell ON leases (id) WHERE state = 2 AND told = 0;

-- The exchange of stock: how many there were, and the one that was not answered yet.
CREATE TABLE stock (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation  TEXT    NOT NULL,             -- this life of the record; also kept beside the file
    number       INTEGER NOT NULL DEFAULT 0,   -- of the last exchange that was begun
    epoch        TEXT,                         -- life of the ledger that the leases are of
    request      TEXT,                         -- JSON, until it is answered
    sent_wall_ms INTEGER,
    sent_boot_ms INTEGER,
    sent_run     INTEGER,
    renew_ms     INTEGER,
    fenced_ms    INTEGER                       -- when another machine was found to be a copy of this one
) STRICT;

-- The latest that the wall clock ever showed, with the other clock at that moment.
CREATE TABLE clock_mark (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    wall_ms INTEGER NOT NULL,
    boot_ms INTEGER NOT NULL,
    run     INTEGER NOT NULL
) STRICT;

-- Whether an operation was ever after a place.
CREATE INDEX wanted_by_place ON wanted (schedule, start);
