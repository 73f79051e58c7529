-- title: 核对范围·人员
-- columns: persons:count=人员; in_establishment:count=在编制库; in_payroll:count=在工资库; in_hr:count=在人事库; in_all:count=三库都有
SELECT CAST(COUNT(*) AS BIGINT) AS persons,
       CAST(COALESCE(SUM(in_establishment), 0) AS BIGINT) AS in_establishment,
       CAST(COALESCE(SUM(in_payroll), 0) AS BIGINT) AS in_payroll,
       CAST(COALESCE(SUM(in_hr), 0) AS BIGINT) AS in_hr,
       CAST(COALESCE(SUM(in_establishment * in_payroll * in_hr), 0) AS BIGINT) AS in_all
FROM persons
WHERE period = '{period}'
