-- Store format 2: servers that take what is stored here.

-- Tells this store's points and entries in a server from those of any other.
INSERT INTO meta (key, value) VALUES ('store_id', random() & 9223372036854775807);
-- The number that the next change of an alert gets.
INSERT INTO meta (key, value) VALUES ('alert_revision', (SELECT coalesce(max(id), 0) + 1 FROM alert));

CREATE TABLE sink (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Whether it is configured: only then does anything wait for it.
    active INTEGER NOT NULL,
    -- Whether it takes windows, cycles and alerts beside lines.
    takes_records INTEGER NOT NULL,
    -- It has all cycles up to this id, and all alerts below this revision.
    training_id INTEGER NOT NULL DEFAULT 0,
    alert_revision INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How far a sink has come with a container; no row where it has not begun.
CREATE TABLE place (
    sink INTEGER NOT NULL,
    container INTEGER NOT NULL,
    next_seq INTEGER NOT NULL,
    -- The sink's own bytes.
    note BLOB NOT NULL,
    -- It has all windows that begin below.
    windows_seq INTEGER NOT NULL DEFAULT 1,
    -- Lines that had to go before the sink could take them.
    lines_missed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sink, container)
) STRICT, WITHOUT ROWID;

ALTER TABLE alert ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
UPDATE alert SET revision = id;
CREATE INDEX alert_revision ON alert (revision);

-- Containers of which nothing is kept any more, and the number their next line gets.
CREATE TABLE forgotten (
    identity TEXT PRIMARY KEY,
    next_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
