-- Places set aside for desks. The comments on columns and states stand in ../sqlite/002-leases.sql.

CREATE TABLE leases (
    id          BIGINT   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desk        BIGINT   NOT NULL REFERENCES desks (id),
    incarnation UUID     NOT NULL,
    schedule    BIGINT   NOT NULL,
    resource    BIGINT   NOT NULL,
    start       INTEGER  NOT NULL,
    place       SMALLINT NOT NULL,
    minutes     INTEGER  NOT NULL,
    revision    BIGINT   NOT NULL,
    service     TEXT     NOT NULL,
    wanted      SMALLINT NOT NULL,
    classes     SMALLINT NOT NULL,
    granted_ms  BIGINT   NOT NULL,
    book_ms     BIGINT   NOT NULL,
    honour_ms   BIGINT   NOT NULL,
    recalled    SMALLINT NOT NULL DEFAULT 0,
    state       SMALLINT NOT NULL DEFAULT 1,
    ended_ms    BIGINT,
    booking     BIGINT
);

CREATE INDEX leases_by_desk ON leases (desk) WHERE state = 1;
CREATE INDEX leases_by_schedule ON leases (schedule) WHERE state = 1;
CREATE INDEX leases_by_resource ON leases (resource, start) WHERE state = 1;
CREATE INDEX leases_by_honour ON leases (honour_ms) WHERE state = 1;

CREATE TABLE desk_stock (
    desk        BIGINT  NOT NULL REFERENCES desks (id),
    incarnation UUID    NOT NULL,
    number      BIGINT  NOT NULL,
    request     UUID    NOT NULL,
    reply       TEXT    NOT NULL,
    fenced      BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (desk, incarnation)
);

CREATE UNIQUE INDEX desk_stock_of_now ON desk_stock (desk) WHERE NOT fenced;

CREATE TABLE accepting (
    channel TEXT   PRIMARY KEY,
    at_ms   BIGINT NOT NULL
);

CREATE TABLE displaced (
    id       BIGINT   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking  BIGINT   NOT NULL REFERENCES bookings (id),
    line     SMALLINT NOT NULL,
    schedule BIGINT   NOT NULL,
    start    INTEGER  NOT NULL,
    why      SMALLINT NOT NULL,
    at_ms    BIGINT   NOT NULL,
    decision SMALLINT
);

CREATE TABLE schedule_services (
    service  TEXT   NOT NULL,
    schedule BIGINT NOT NULL REFERENCES schedules (id),
    location BIGINT NOT NULL,
    PRIMARY KEY (service, schedule)
);

CREATE INDEX schedule_services_by_schedule ON schedule_services (schedule);

INSERT INTO schedule_services (service, schedule, location)
SELECT DISTINCT offered ->> 'code', c.id, (c.document::jsonb ->> 'location')::bigint
FROM schedules c, jsonb_array_elements(c.document::jsonb -> 'services') AS offered;

ALTER TABLE ledger ADD COLUMN lease_policy TEXT;
ALTER TABLE desks ADD COLUMN revoked SMALLINT NOT NULL DEFAULT 0;
