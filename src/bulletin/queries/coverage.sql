-- title: 核对范围·单位
-- columns: units:count=单位; in_establishment:count=在编制库; in_registration:count=在登记库; in_payroll:count=在工资库; in_hr:count=在人事库
SELECT CAST(COUNT(*) AS BIGINT) AS units,
       CAST(COALESCE(SUM(in_establishment), 0) AS BIGINT) AS in_establishment,
       CAST(COALESCE(SUM(in_registration), 0) AS BIGINT) AS in_registration,
       CAST(COALESCE(SUM(in_payroll), 0) AS BIGINT) AS in_payroll,
       CAST(COALESCE(SUM(in_hr), 0) AS BIGINT) AS in_hr
FROM units
WHERE period = '{period}'
