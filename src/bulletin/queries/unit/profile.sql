-- title: 单位概况
-- columns: unit_key:text=单位主键; unit_name:text=单位名称; unit_code:text=机构编码; credit_code:text=统一社会信用代码; nature:code=机构性质; funding:code=经费形式; unit_status:code=机构状态
SELECT unit_key, unit_name, unit_code, credit_code, nature, funding, unit_status
FROM units
WHERE period = '{period}' {unit}
ORDER BY unit_key
