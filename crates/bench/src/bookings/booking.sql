-- The statements that one booking comes to at the central, for pgbench. @…@ is put in by `pgbench.rs`.
\set schedule random(1, @schedules@)
\set desk random(1, @desks@)
\set cell random(5900000, 9000000)
\set number random(1, 1000000000000000)
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock_shared(27001, 1);
SELECT transaction_timestamp();
INSERT INTO operations (id, desk, number, hash)
    VALUES (md5((:number)::text)::uuid, :desk, :number, sha256('x')) ON CONFLICT (id) DO NOTHING;
SELECT d.code, d.channel, d.acknowledged, s.state, d.revoked
    FROM desks d LEFT JOIN service_states s ON s.channel = d.channel WHERE d.id = :desk;
SELECT id, desk, state, last FROM bookings WHERE number = (:number)::text FOR UPDATE;
INSERT INTO bookings (number, desk, state) VALUES ((:number)::text, :desk, 0)
    ON CONFLICT (number) DO NOTHING RETURNING id AS booking \gset
SELECT rules FROM ledger;
SELECT s.code, s.branch FROM unnest(ARRAY['@service@']) AS wanted
    CROSS JOIN LATERAL (SELECT code, branch FROM services WHERE code = wanted OFFSET 0) AS s;
SELECT 1 FROM live_lines WHERE nre = (:number)::text AND line = ANY('{1}'::smallint[]) AND booking <> :booking LIMIT 1;
SELECT id, channels, document FROM schedules WHERE id = ANY(ARRAY[(:schedule)::bigint]);
SELECT schedule, resource, start, place, minutes, id FROM leases WHERE desk = :desk AND state = 1 ORDER BY id;
SELECT resource, pg_advisory_xact_lock(27002, (resource - 2147483648)::integer) FROM (
    SELECT unnest(ARRAY[(:schedule)::bigint]) AS resource
    UNION SELECT resource FROM appointments WHERE booking = :booking
    UNION SELECT s.resource FROM hold_spans s JOIN holds h ON h.id = s.hold WHERE h.request = ANY('{}'::uuid[])
    UNION SELECT resource FROM leases WHERE id = ANY('{}'::bigint[])
    ORDER BY resource OFFSET 0) AS concerned;
SELECT DISTINCT h.id FROM holds h JOIN hold_spans s ON s.hold = h.id
    WHERE s.resource = ANY(ARRAY[(:schedule)::bigint]) AND h.expires_ms <= 0 ORDER BY h.id;
SAVEPOINT attempt;
SELECT schedule, start FROM quota_tickets WHERE owner = :booking AND kind = 3;
WITH had AS (DELETE FROM appointments WHERE booking = :booking
        RETURNING schedule, resource, start, place, minutes),
    cells AS (DELETE FROM claims c USING had h
        WHERE c.resource = h.resource AND c.place = h.place AND c.kind = 3 AND c.owner = :booking
          AND c.cell >= h.start / 5 AND c.cell < (h.start + h.minutes + 4) / 5),
    tickets AS (DELETE FROM quota_tickets WHERE owner = :booking AND kind = 3),
    lines AS (DELETE FROM live_lines l USING bookings b
        WHERE b.id = :booking AND l.nre = b.nre AND l.booking = :booking),
    bare AS (UPDATE bookings SET nre = NULL WHERE id = :booking AND nre IS NOT NULL)
    SELECT schedule, resource, start, place, minutes FROM had;
SELECT schedule, start, step, slots, places, revision, closed, released FROM sessions
    WHERE schedule = :schedule AND start <= 100000000 ORDER BY start DESC LIMIT 1;
INSERT INTO claims (resource, cell, place, kind, owner)
    SELECT :schedule, cell, 0, 3, :booking FROM generate_series((:cell)::integer, (:cell)::integer + 3) AS cell
    ON CONFLICT DO NOTHING;
INSERT INTO appointments (booking, line, service, schedule, resource, start, place, minutes)
    VALUES (:booking, 1, '@service@', :schedule, :schedule, :cell * 5, 0, 20);
UPDATE bookings SET state = 1, nre = (:number)::text, placement = '@placement@' WHERE id = :booking;
INSERT INTO live_lines (nre, line, booking) SELECT (:number)::text, line, :booking FROM unnest('{1}'::smallint[]) line
    ON CONFLICT DO NOTHING;
RELEASE SAVEPOINT attempt;
SELECT l.schedule, l.resource, l.start, l.place, l.minutes, l.id FROM leases l
    WHERE l.resource = :schedule AND l.start > 0 AND l.start < 100000000 AND l.state = 1 AND l.recalled = 0;
INSERT INTO unnumbered (kind, subject, start, stop, operation)
    VALUES (0, :schedule, :cell * 5, :cell * 5 + 20, NULL), (5, NULL, NULL, NULL, md5((:number)::text)::uuid);
UPDATE operations SET booking = :booking, settled = '@settled@' WHERE id = md5((:number)::text)::uuid;
UPDATE bookings SET last = md5((:number)::text)::uuid WHERE id = :booking;
COMMIT;
