-- What is laid over the mirror and the time of the last outcome are asked with every transaction: neither
-- may read the bodies of all operations there ever were. Only indexes: the rows stay as they are.

CREATE INDEX operations_settled ON operations (epoch, seq) WHERE seq IS NOT NULL;
CREATE INDEX operations_settled_at ON operations (settled_ms) WHERE seq IS NOT NULL;
