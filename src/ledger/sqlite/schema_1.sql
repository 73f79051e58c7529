CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The ledger itself. Nothing here is ever changed or removed.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  day TEXT NOT NULL,
  month TEXT NOT NULL,
  who TEXT NOT NULL,
  case_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  what TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  why TEXT NOT NULL,
  file_name TEXT,
  file_sha256 TEXT,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_of_case ON events (case_id, n);
-- The steps that the monthly balance counts.
CREATE INDEX events_steps ON events (month, case_id, n, what)
  WHERE what IN ('open', 'reopen', 'close', 'close_at_once', 'reject', 'withdraw');

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events of the ledger are never changed'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events of the ledger are never removed'); END;
CREATE TRIGGER events_in_order BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'events of the ledger are added at its end'); END;

-- What the events of each case add up to. `hedui ledger verify` folds it again and compares; `rebuild` makes it anew.
CREATE TABLE cases (
  case_id TEXT PRIMARY KEY,
  events INTEGER NOT NULL,
  state TEXT NOT NULL,
  source TEXT NOT NULL,
  rule TEXT,
  class TEXT NOT NULL,
  severity TEXT NOT NULL,
  unit_key TEXT,
  unit_name TEXT,
  due INTEGER,
  -- Month in which it last became open, or ceased to be.
  turned TEXT,
  watched INTEGER NOT NULL,
  doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_of_unit ON cases (unit_key, state);
CREATE INDEX cases_of_unit_name ON cases (unit_name, state);
CREATE INDEX cases_by_state ON cases (state, due);
CREATE INDEX cases_turned ON cases (turned);
CREATE INDEX cases_watched ON cases (rule) WHERE watched = 1;
