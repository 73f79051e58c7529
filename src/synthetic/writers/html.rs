//! What a web page of a payroll system saves as .xls: an HTML table in GBK.

use std::path::Path;

use super::Written;
use crate::error::Result;
use crate::synthetic::tables::View;

/// The header is the first row of the table, a 合计 row stands below.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, view: &View<'_>, rows: &[usize], to: &mut Written<'_>) -> Result<()> {
    let mut page = String::from(
        "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\r\n<head><meta http-equiv=\"Content-Type\" \
         content=\"text/html; charset=gb2312\"></head>\r\n<body><table border=\"1\">\r\n<tr>",
    );
    for header in view.headers {
        page += &format!("<th>{header}</th>");
    }
    page += "</tr>\r\n";
    for (n, row) in rows.iter().enumerate() {
        page += "<tr>";
        for cell in (view.render)(*row) {
            let text = cell.plain().replace('&', "&amp;").replace('<', "&lt;");
            page += &format!("<td>{text}</td>");
        }
        page += "</tr>\r\n";
        to.truth_row(path, view, *row, "", n + 2)?;
    }
    page += &format!(
        "<tr><td>合计</td><td colspan=\"{}\"></td></tr>\r\n</table></body></html>\r\n",
        view.headers.len() - 1
    );
    fs_err::write(path, encoding_rs::GB18030.encode(&page).0)?;
    to.files += 1;
    to.rows += rows.len() as u64;
    Ok(())
}
