/*---
code = "T05"
slug = "ping-pong"
category = "early_warning"
severity = "S4"
since = "0.2.0"
grain = "person"
inputs = ["establishment_staff"]
optional_inputs = []
absence_claim = false
name = { zh = "频繁流动", en = "moving to and fro" }
what = { zh = "十二个月内变动编制单位三次以上,或离开原单位后六个月内又回到原单位。", en = "Three or more changes of unit within twelve months, or back at a unit within six months of leaving it for another." }
mistaken_for = { zh = "轮岗、组织任命、成建制划转不计。", en = "Rotation by appointment and reorganisations are not counted." }
verify = { zh = "调取历次调动审批,核对是否借调动规避进人程序。", en = "Take the approval of each move, and see whether moves were used to go round the procedure." }
message = { zh = "{person_name}近十二个月变动编制单位{moves}次({pattern}),现在{unit_name}。", en = "{person_name} changed units {moves} times in twelve months ({pattern}), now at {unit_name}." }
legal_basis = [ { law = "条例19" } ]
measure = "moves"
[parameters.most_moves]
type = "integer"
default = 3
minimum = 2
doc = { zh = "十二个月内达到此次数即提示", en = "changes in twelve months from which it is told" }
[parameters.return_months]
type = "integer"
default = 6
minimum = 1
doc = { zh = "离开后多少个月内返回即提示", en = "months within which a return is told" }
[columns.moves]
type = "integer"
title = { zh = "变动次数", en = "changes of unit" }
[columns.pattern]
type = "text"
title = { zh = "形态", en = "pattern" }
labels = { many = { zh = "多次变动", en = "many moves" }, return = { zh = "离开后又返回", en = "gone and back" } }
[evidence]
establishment_staff = ["name", "resident_id", "unit_name", "entry_date", "entry_channel", "exit_date", "exit_reason"]
---*/
WITH stay AS (
  SELECT s.person_key AS person, s.unit_key, s.entry_date_month AS entry_month, s.exit_date_month AS exit_month, s.row_id,
         COALESCE(s.entry_channel, '') AS channel
  FROM establishment_staff s CROSS JOIN params p
  WHERE s.person_key IS NOT NULL AND s.unit_key IS NOT NULL AND s.entry_date_month IS NOT NULL
    AND s.entry_date_precision <> 'year' AND s.entry_date_month <= p.period_no
),
-- Entries of the last twelve months that are moves: there was an earlier stay elsewhere.
move AS (
  SELECT b.person, b.unit_key, b.entry_month, MIN(b.row_id) AS row_id, MAX(a.row_id) AS from_row
  FROM stay b JOIN stay a ON a.person = b.person CROSS JOIN params p
  WHERE a.unit_key <> b.unit_key AND a.entry_month <= b.entry_month AND a.row_id <> b.row_id
    AND a.exit_month IS NOT NULL AND a.exit_month <= b.entry_month
    AND b.entry_month > p.period_no - 12 AND b.channel NOT IN ('appointment', 'reorganisation')
  GROUP BY b.person, b.unit_key, b.entry_month
),
many AS (
  SELECT m.person, CAST(COUNT(*) AS BIGINT) AS moves, MAX(m.entry_month) AS last_entry, MIN(m.row_id) AS one_row,
         MAX(m.row_id) AS other_row, MIN(m.from_row) AS from_row
  FROM move m GROUP BY m.person
),
-- Left unit A, was at another meanwhile, and is back at A.
back AS (
  SELECT m.person, MIN(a.row_id) AS left_row
  FROM move m JOIN stay a ON a.person = m.person AND a.unit_key = m.unit_key
  JOIN stay b ON b.person = m.person
  CROSS JOIN params p
  WHERE a.exit_month IS NOT NULL AND a.exit_month <= m.entry_month AND m.entry_month - a.exit_month <= p.return_months
    AND b.unit_key <> m.unit_key AND b.entry_month >= a.exit_month AND b.entry_month <= m.entry_month
    AND b.exit_month IS NOT NULL AND a.row_id <> m.row_id
  GROUP BY m.person
),
-- Where the person is now: the last entry.
place AS (
  SELECT m.person, MAX(s.unit_key) AS unit_key
  FROM many m JOIN stay s ON s.person = m.person AND s.entry_month = m.last_entry
  GROUP BY m.person
)
SELECT w.unit_key, m.person AS person_key, m.moves, CASE WHEN b.person IS NULL THEN 'many' ELSE 'return' END AS pattern,
       m.one_row AS row__establishment_staff, m.other_row AS row__establishment_staff_2,
       m.from_row AS row__establishment_staff_3, b.left_row AS row__establishment_staff_4
FROM many m
JOIN place w ON w.person = m.person
LEFT JOIN back b ON b.person = m.person
CROSS JOIN params p
WHERE m.moves >= p.most_moves OR b.person IS NOT NULL
