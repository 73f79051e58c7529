// 核对 发布表的 Power Query 读取脚本(Excel、Power BI)/ reads hedui's published tables in Power Query, under pinned types.
// Written by hedui beside the tables; the next run writes it again. 由 hedui 生成,每次发布后自动更新。
//
// 用法:数据 → 获取数据 → 空查询 → 高级编辑器,粘贴全文,把 Root 改成发布目录(以反斜杠结尾)。得到一个函数,以表名调用:
//     Hedui("anomalies", "2026-10")   一个月    Hedui("units", null)   全部月份
// Which files make up a table comes from manifest.json. A column that a newer version adds is left out; one that an older
// month lacks is null there. IDs and codes are text, so Excel never shortens them.
let
    Root = "C:\hedui\out\",
    Schema = [
@SCHEMA@    ],
    Manifest = Json.Document(File.Contents(Root & "manifest.json"), TextEncoding.Utf8),
    Checked = if Manifest[schema_version] = @VERSION@ then Manifest else error "schema version " & Text.From(Manifest[schema_version]) & ": this script reads version @VERSION@",
    Local = (path as text) as binary => File.Contents(Root & Text.Replace(path, "/", "\")),
    Hedui = (table as text, period as nullable text) as table =>
        let
            columns = Record.Field(Schema, table),
            names = List.Transform(columns, each _{0}),
            entries = List.Select(Checked[periods], (entry) => period = null or entry[period] = period),
            wanted = if List.IsEmpty(entries) then error Text.From(period) & " is not published" else entries,
            runs = List.Transform(wanted, each Json.Document(Local([manifest]), TextEncoding.Utf8)),
            files = List.Combine(List.Transform(runs, each List.Select([files], (file) => file[table] = table))),
            month = (file) => Table.SelectColumns(Parquet.Document(Local(file[path])), names, MissingField.UseNull),
            all = Table.Combine(List.Transform(files, month), names)
        in
            Table.TransformColumnTypes(all, List.Select(columns, each not Type.Is(_{1}, type list)))
in
    Hedui
