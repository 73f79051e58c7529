-- title: 事业单位登记
-- columns: unit_key:text=单位主键; unit_name:text=登记名称; credit_code:text=统一社会信用代码; registration_status:code=登记状态; funding_source:code=经费来源; legal_representative:text=法定代表人; certificate_to:text=证书有效期至; source_file:text=来源文件; source_row:count=行
SELECT unit_key, unit_name, credit_code, registration_status, funding_source, legal_representative,
       CAST(certificate_to AS VARCHAR) AS certificate_to, source_file, source_row
FROM canonical_registrations
WHERE period = '{period}' AND unit_key IS NOT NULL {unit}
ORDER BY unit_key, source_file, source_row
