-- Store format 3: which plugins containers use, and what was learned about plugins.

-- Labels of the newest container with this identity that begin with `foghorn.`, as a JSON object.
ALTER TABLE container ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';

-- Plugins that were chosen for a container by command, on the dashboard, or by going back.
CREATE TABLE pin (
    container INTEGER NOT NULL,
    -- vectorizer | detector | thresholds
    slot TEXT NOT NULL,
    -- As in settings: NAME@VERSION, sha256:DIGEST, …
    plugin TEXT NOT NULL,
    -- The plugin's own settings, a JSON array of pairs.
    settings TEXT NOT NULL,
    made_ns INTEGER NOT NULL,
    PRIMARY KEY (container, slot)
) STRICT, WITHOUT ROWID;

-- A candidate that is tried beside what serves: one a container.
CREATE TABLE shadow (
    container INTEGER PRIMARY KEY,
    plugin TEXT NOT NULL,
    settings TEXT NOT NULL,
    since_ns INTEGER NOT NULL,
    -- What was found so far, as JSON.
    comparison TEXT NOT NULL
) STRICT;

-- Plugins that failed too often.
CREATE TABLE quarantine (
    digest TEXT PRIMARY KEY,
    since_ns INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    -- The last fault, for people.
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Name of the plugin that saved it; empty where an older host did not say.
ALTER TABLE thresholds_state ADD COLUMN plugin TEXT NOT NULL DEFAULT '';
