-- Texts are compared byte by byte, as in SQLite, whatever the database's language.
CREATE TABLE about (name text COLLATE "C" PRIMARY KEY, value text COLLATE "C" NOT NULL);

-- The ledger itself. Nothing here is ever changed or removed.
CREATE TABLE events (
  seq bigint PRIMARY KEY,
  n integer NOT NULL,
  at text COLLATE "C" NOT NULL,
  day text COLLATE "C" NOT NULL,
  month text COLLATE "C" NOT NULL,
  who text COLLATE "C" NOT NULL,
  case_id text COLLATE "C" NOT NULL,
  what text COLLATE "C" NOT NULL,
  from_state text COLLATE "C" NOT NULL,
  to_state text COLLATE "C" NOT NULL,
  why text COLLATE "C" NOT NULL,
  file_name text COLLATE "C",
  file_sha256 text COLLATE "C",
  body text COLLATE "C" NOT NULL,
  hash bytea NOT NULL
);
CREATE UNIQUE INDEX events_of_case ON events (case_id, n);
-- The steps that the monthly balance counts.
CREATE INDEX events_steps ON events (month, case_id, n, what)
  WHERE what IN ('open', 'reopen', 'close', 'close_at_once', 'reject', 'withdraw');

CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events of the ledger are never changed or removed';
END $$;
CREATE FUNCTION events_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq IS DISTINCT FROM (SELECT COALESCE(MAX(seq), 0) + 1 FROM events) THEN
    RAISE EXCEPTION 'events of the ledger are added at its end';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept();
CREATE TRIGGER events_no_delete BEFORE DELETE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept();
CREATE TRIGGER events_in_order BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_follow();
-- Also in a session that calls itself a replica.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_update;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_delete;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_truncate;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_in_order;

-- What the events of each case add up to. `hedui ledger verify` folds it again and compares; `rebuild` makes it anew.
CREATE TABLE cases (
  case_id text COLLATE "C" PRIMARY KEY,
  events bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  rule text COLLATE "C",
  class text COLLATE "C" NOT NULL,
  severity text COLLATE "C" NOT NULL,
  unit_key text COLLATE "C",
  unit_name text COLLATE "C",
  due integer,
  -- Month in which it last became open, or ceased to be.
  turned text COLLATE "C",
  watched boolean NOT NULL,
  doc text COLLATE "C" NOT NULL
);
CREATE INDEX cases_of_unit ON cases (unit_key, state);
-- A name may be longer than a page of an ordered index holds.
CREATE INDEX cases_of_unit_name ON cases USING hash (unit_name);
CREATE INDEX cases_by_state ON cases (state, due);
CREATE INDEX cases_turned ON cases (turned);
CREATE INDEX cases_watched ON cases (rule) WHERE watched;
