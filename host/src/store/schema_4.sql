-- Store format 4: what was said of alerts, what was not, and by what their scores can be computed again.

-- Which windows belong to which alerts: a label of an alert is one of its windows.
CREATE TABLE alert_window (
    container INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    alert INTEGER NOT NULL,
    PRIMARY KEY (container, first_seq, alert)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_window_alert ON alert_window (alert);

-- What was said of each alert so far.
CREATE TABLE told (
    alert INTEGER PRIMARY KEY,
    -- When it is to be looked at again though nothing changed; null where it is not.
    due_ns INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX told_due ON told (due_ns) WHERE due_ns IS NOT NULL;
-- All changes of alerts below it are decided on.
INSERT INTO meta (key, value) SELECT 'told_revision', value FROM meta WHERE key = 'alert_revision';

-- What was not said: why, and how often.
CREATE TABLE suppression (
    alert INTEGER NOT NULL,
    -- One word or two; an open list.
    reason TEXT NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (alert, reason)
) STRICT, WITHOUT ROWID;

-- Notices on their way, and those that have arrived or were given up: queue and log in one.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Name of the sink in the settings.
    sink TEXT NOT NULL,
    alert INTEGER NOT NULL,
    made_ns INTEGER NOT NULL,
    -- waiting | delivered | failed
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Not tried before this.
    next_ns INTEGER NOT NULL,
    done_ns INTEGER,
    -- What the receiver said last, or why it could not be reached.
    answer TEXT NOT NULL DEFAULT '',
    notice TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_waiting ON delivery (sink, id) WHERE state = 'waiting';
CREATE INDEX delivery_alert ON delivery (alert);

-- Silence that a person asked for.
CREATE TABLE mute (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Identity, where * stands for any text.
    container TEXT NOT NULL,
    from_ns INTEGER NOT NULL,
    until_ns INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Links of notices that were used: each works once.
CREATE TABLE used_link (
    nonce TEXT PRIMARY KEY,
    used_ns INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bytes that alerts need for their receipts: components, states, models, windows. Each once, by what it holds.
CREATE TABLE evidence (
    digest TEXT PRIMARY KEY,
    -- How long it is when unpacked.
    bytes INTEGER NOT NULL,
    packed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_evidence (
    alert INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (alert, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_evidence_digest ON alert_evidence (digest);

-- The engine's id of the image of the newest container with this identity.
ALTER TABLE container ADD COLUMN image_id TEXT NOT NULL DEFAULT '';

-- How often a container usually writes, as JSON.
CREATE TABLE cadence (
    container INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
