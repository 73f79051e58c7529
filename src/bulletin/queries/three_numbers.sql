-- title: 三数对照
-- note: 核定编制为月末有效的本单位编制；在编实有为月末在编的本单位编制人员，一人多行只计一次；统发在职为本月正常批次在职领薪人员。自收自支单位不统发，另列。
-- columns: nature:code=机构性质; funding:code=经费形式; units:count=单位数; quota:count=核定编制; enrolled:count=在编实有; paid:count=统发在职; paid_gap:signed=统发减在编
WITH quota AS (
  SELECT unit_key, SUM(approved) AS n
  FROM canonical_quotas
  WHERE period = '{period}' AND unit_key IS NOT NULL AND bucket = 'own'
    AND (valid_from_day_min IS NULL OR valid_from_day_min <= {as_of_day})
    AND (valid_to_day_min IS NULL OR valid_to_day_min > {as_of_day})
  GROUP BY unit_key
),
enrolled AS (
  SELECT unit_key, COUNT(DISTINCT person_key) AS n
  FROM canonical_establishment_staff
  WHERE period = '{period}' AND unit_key IS NOT NULL AND bucket = 'own' AND staff_status IN ('on_post', 'off_post')
    AND (entry_date_day_max IS NULL OR entry_date_day_max <= {as_of_day})
    AND (exit_date_day_min IS NULL OR exit_date_day_min > {as_of_day})
  GROUP BY unit_key
),
paid AS (
  SELECT unit_key, COUNT(DISTINCT person_key) AS n
  FROM canonical_payroll
  WHERE period = '{period}' AND unit_key IS NOT NULL AND pay_month_no = {period_no} AND pay_class = 'in_service' AND batch = 'regular'
  GROUP BY unit_key
),
unit AS (
  SELECT unit_key, COALESCE(nature, 'unknown') AS nature, COALESCE(funding, 'unknown') AS funding FROM units WHERE period = '{period}'
),
joined AS (
  SELECT u.nature, u.funding, COALESCE(q.n, 0) AS quota, COALESCE(e.n, 0) AS enrolled, COALESCE(p.n, 0) AS paid
  FROM unit u
  LEFT JOIN quota q ON q.unit_key = u.unit_key
  LEFT JOIN enrolled e ON e.unit_key = u.unit_key
  LEFT JOIN paid p ON p.unit_key = u.unit_key
)
SELECT nature, funding, CAST(COUNT(*) AS BIGINT) AS units, CAST(SUM(quota) AS BIGINT) AS quota,
       CAST(SUM(enrolled) AS BIGINT) AS enrolled, CAST(SUM(paid) AS BIGINT) AS paid,
       CAST(SUM(paid) AS BIGINT) - CAST(SUM(enrolled) AS BIGINT) AS paid_gap
FROM joined
GROUP BY nature, funding
ORDER BY nature, funding
