-- What the central has sealed of its outcomes and leases, to be handed back to it word for word should its
-- ledger be restored from a backup (PROTOCOL.md, *Recovery*). Empty where it seals nothing.

ALTER TABLE operations ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE leases ADD COLUMN sealed TEXT NOT NULL DEFAULT '';
