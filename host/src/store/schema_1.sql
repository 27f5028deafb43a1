-- Store format 1. Times are nanoseconds since the Unix epoch; `seq` are line numbers, from 1, per container.

-- Single values: `clean` is 1 while no host has the store open to write.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE container (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    -- The number the next line gets. Kept here, so that numbers go on when all lines are gone.
    next_seq INTEGER NOT NULL DEFAULT 1,
    -- All lines below it were scored.
    acknowledged_seq INTEGER NOT NULL DEFAULT 1,
    -- All lines below it were learned.
    learned_until_seq INTEGER NOT NULL DEFAULT 1,
    -- All lines below it are in blocks that need no packing any more.
    packed_until_seq INTEGER NOT NULL DEFAULT 1,
    successful_cycles INTEGER NOT NULL DEFAULT 0,
    pinned_generation INTEGER,
    -- Lines that had to go before they were scored.
    lines_dropped INTEGER NOT NULL DEFAULT 0,
    first_seen_ns INTEGER NOT NULL DEFAULT 0,
    last_seen_ns INTEGER NOT NULL DEFAULT 0,
    last_line_ns INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL DEFAULT '',
    container_id TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL DEFAULT '',
    log_driver TEXT NOT NULL DEFAULT '',
    -- running | stopped | unreadable
    state TEXT NOT NULL DEFAULT 'stopped',
    unreadable_reason TEXT,
    -- The collector's own bytes, saved with the last lines.
    cursor BLOB
) STRICT;

-- Lines, many to a block (`block.rs`). Blocks of one container follow each other without a hole, in the order of their
-- ids too.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    time_min_ns INTEGER NOT NULL,
    time_max_ns INTEGER NOT NULL,
    text_bytes INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX block_place ON block (container, first_seq);

CREATE TABLE score_window (
    container INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    end_seq INTEGER NOT NULL,
    begin_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    stderr_lines INTEGER NOT NULL,
    in_alert INTEGER NOT NULL,
    -- These four are null while the container is learning.
    severity INTEGER,
    generation INTEGER,
    score REAL,
    threshold REAL,
    PRIMARY KEY (container, first_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX score_window_begin ON score_window (container, begin_ns);

CREATE TABLE training (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL,
    begun_ns INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX training_container ON training (container);

CREATE TABLE generation (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL,
    number INTEGER NOT NULL,
    made_ns INTEGER NOT NULL,
    until_seq INTEGER NOT NULL,
    windows INTEGER NOT NULL,
    plugins TEXT NOT NULL,
    settings TEXT NOT NULL,
    stats TEXT NOT NULL,
    vectorizer_state BLOB NOT NULL,
    model BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX generation_number ON generation (container, number);

CREATE TABLE thresholds_state (
    container INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    digest TEXT NOT NULL,
    -- The generation it was calibrated for.
    generation INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    -- open | resolved
    status TEXT NOT NULL,
    severity INTEGER NOT NULL,
    opened_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    resolved_ns INTEGER,
    windows INTEGER NOT NULL,
    peak_scaled REAL NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX alert_container ON alert (container, id);
CREATE INDEX alert_open ON alert (id) WHERE status = 'open';

CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ns INTEGER NOT NULL,
    container INTEGER,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX event_container ON event (container);
