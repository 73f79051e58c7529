//! Rules on Polars SQL 0.55.
//!
//! What was tried, and what follows for rules (`portability` refuses what is marked R, Polars itself what is marked E):
//!
//! | text | Polars 0.55 | so |
//! |---|---|---|
//! | `LEFT JOIN x ON a.k = x.k AND x.d > a.d` | an inner join, without a word | R: filter in a subquery, join on equalities |
//! | inequality in the ON of an inner join | right | |
//! | constants, IS NULL, OR, IN in an ON | error | E: move to a subquery or WHERE |
//! | `COUNT(*) - 5`, `ROW_NUMBER() … - 1` | unsigned 32 bit, wraps round | R: CAST(COUNT(*) AS BIGINT) |
//! | `SUM(1) OVER (… ORDER BY …)` | 1 on every row | R: sum a column |
//! | running SUM without a frame | by rows; DuckDB by peers | R: ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW |
//! | other frames, ASC and DESC mixed | error | E |
//! | NULLs in ORDER BY | first; DuckDB last | COALESCE the sort key |
//! | GROUP BY a right-hand column that the left has too | error | E: rename in a CTE |
//! | scalar subqueries, LATERAL, recursive CTEs | error | E |
//! | ANTI JOIN, SEMI JOIN | right, but DuckDB and DataFusion differ in the words | R |
//! | DATE literals, INTERVAL, clocks, `read_csv(…)` | differ, or reach outside | R |
//! | integer `/` integer | float, as in DuckDB; an integer in DataFusion | CAST one side |
//! | a dozen CTEs in one query | planned anew at every mention of each: seconds, and a stack overflow | each CTE is run by itself, once |
//! | row order of a result | differs from run to run | findings are sorted by their values |

use std::borrow::Cow;

use polars::prelude as pl;
use polars::prelude::IntoLazy;
use polars::sql::SQLContext;

use super::columns::Columns;
use super::engine::{Cells, Engine, Rows};
use super::portability;
use crate::table::{Frame, view};

/// The engine: each query sees Polars frames of the columns it names.
#[derive(Default)]
pub struct PolarsEngine<'a> {
    columns: Columns<'a>,
}

impl<'a> Engine<'a> for PolarsEngine<'a> {
    fn register(&mut self, frame: Cow<'a, Frame>) {
        self.columns.hold(frame);
    }

    fn forecast(&mut self, sql: &str) {
        self.columns.forecast(&portability::words(sql));
    }

    fn query(&self, sql: &str, params: &Frame, limit: usize) -> std::result::Result<Rows, String> {
        let params = view::to_polars(params).map_err(|e| e.to_string())?;
        let frames = self.columns.of(&portability::words(sql)).map_err(|e| e.to_string())?;
        let run = || {
            let mut context = SQLContext::new();
            for (name, frame) in frames {
                context.register(name, frame.lazy());
            }
            context.register("params", params.lazy());
            let limit = pl::IdxSize::try_from(limit).unwrap_or(pl::IdxSize::MAX);
            let Some((named, last)) = portability::steps(sql) else {
                return context.execute(sql)?.limit(limit).collect();
            };
            for (name, step) in named {
                let frame = context.execute(step)?.collect()?;
                context.register(name, frame.lazy());
            }
            context.execute(last)?.limit(limit).collect()
        };
        let result = on_deep_stack(run)?;
        let frame = result.map_err(|e| first_line(&e.to_string()))?;
        let columns = frame.columns().iter().map(|c| Ok((c.name().to_string(), cells(c)?)));
        Ok(Rows { columns: columns.collect::<std::result::Result<_, String>>()? })
    }
}

/// Stack of the thread that plans a query: plans are trees walked by recursion, deeper than a test thread's two megabytes allow.
const STACK_BYTES: usize = 64 << 20;

/// Runs work on a thread of its own. Its stack is reserved, not used; and a panic of the engine over one query must not
/// take the run down without naming the rule.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::result::Result<T, String> {
    let panicked = || "the engine panicked over this query".to_owned();
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name("rule".to_owned()).stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let thread = thread.map_err(|e| format!("no thread for the query: {e}"))?;
        thread.join().map_err(|_| panicked())
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// A Polars column as plain values.
fn cells(column: &pl::Column) -> std::result::Result<Cells, String> {
    use pl::DataType as T;
    let series = column.as_materialized_series();
    let said = |e: pl::PolarsError| first_line(&e.to_string());
    Ok(match series.dtype() {
        T::Null => Cells::Null(series.len()),
        T::String => Cells::Text(series.str().map_err(said)?.iter().map(|v| v.map(str::to_owned)).collect()),
        T::Boolean => Cells::Bool(series.bool().map_err(said)?.iter().collect()),
        T::Date => Cells::Date(series.date().map_err(said)?.physical().iter().collect()),
        T::Float32 | T::Float64 => {
            Cells::Float(series.cast(&T::Float64).map_err(said)?.f64().map_err(said)?.iter().collect())
        }
        T::Decimal(_, scale) => {
            let wide = series.decimal().map_err(said)?.physical().clone();
            let fen = |v: i128| fen_of(v, *scale);
            let money = wide.iter().map(|v| v.map(fen).transpose()).collect::<std::result::Result<_, String>>();
            Cells::Money(money.map_err(|why| format!("{}: {why}", column.name()))?)
        }
        kind if kind.is_integer() => {
            Cells::Integer(series.strict_cast(&T::Int64).map_err(said)?.i64().map_err(said)?.iter().collect())
        }
        other => return Err(format!("{}: a rule may not return {other}", column.name())),
    })
}

/// Fen from a decimal of any scale; under a fen, half goes away from zero.
fn fen_of(value: i128, scale: usize) -> std::result::Result<i64, String> {
    let too_large = || "an amount beyond 18 digits".to_owned();
    let fen = if scale <= 2 {
        value.checked_mul(10_i128.pow(u32::try_from(2 - scale).unwrap_or(0))).ok_or_else(too_large)?
    } else {
        let unit = 10_i128.checked_pow(u32::try_from(scale - 2).unwrap_or(u32::MAX)).ok_or_else(too_large)?;
        (value + value.signum() * unit / 2) / unit
    };
    i64::try_from(fen).map_err(|_| too_large())
}

impl std::fmt::Debug for PolarsEngine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolarsEngine").field("frames", &self.columns.names().collect::<Vec<_>>()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::column::TextColumn;
    use crate::table::{FrameColumn, Values};

    fn frame(path: &str, columns: Vec<(&str, Values)>) -> Frame {
        Frame {
            path: path.to_owned(),
            title_zh: String::new(),
            title_en: String::new(),
            sort_by: vec![],
            columns: columns.into_iter().map(|(n, v)| FrameColumn::new(n, "", "", v)).collect(),
        }
    }

    fn run(sql: &str) -> std::result::Result<Rows, String> {
        let names: TextColumn = [Some("甲"), None, Some("甲")].into_iter().collect();
        let pay = vec![
            ("row_id", Values::Int64(vec![Some(1), Some(2), Some(3)].into())),
            ("name", Values::Text(names)),
            ("blank", Values::Text([None, None, None].into_iter().collect())),
            ("gross", Values::Decimal(vec![Some(100_050), Some(5), None].into())),
            ("on_day", Values::Date(vec![Some(0), None, Some(20_000)].into())),
        ];
        let mut engine = PolarsEngine::default();
        engine.register(Cow::Owned(frame("canonical/pay", pay)));
        engine.query(sql, &frame("params", vec![("least", Values::Int64(vec![Some(1)].into()))]), 10)
    }

    #[test]
    fn values_cross_in_their_own_types() {
        let rows = run("WITH a AS (SELECT row_id, name, blank, gross, on_day FROM pay) \
                        SELECT a.name, a.blank, a.gross, a.on_day, a.row_id, CAST(NULL AS VARCHAR) AS no_text FROM a CROSS JOIN params p \
                        WHERE a.row_id >= p.least ORDER BY a.row_id")
        .expect("runs");
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(rows.column("name"), Some(&Cells::Text(vec![text("甲"), None, text("甲")])));
        assert_eq!(rows.column("blank"), Some(&Cells::Text(vec![None, None, None])));
        assert_eq!(rows.column("gross"), Some(&Cells::Money(vec![Some(100_050), Some(5), None])));
        assert_eq!(rows.column("on_day"), Some(&Cells::Date(vec![Some(0), None, Some(20_000)])));
        assert_eq!(rows.column("row_id"), Some(&Cells::Integer(vec![Some(1), Some(2), Some(3)])));
    }

    #[test]
    fn sums_of_money_stay_exact_and_the_limit_holds() {
        let rows = run("SELECT SUM(gross) AS total FROM pay").expect("runs");
        assert_eq!(rows.column("total"), Some(&Cells::Money(vec![Some(100_055)])));
        let many = run("SELECT a.row_id FROM pay a CROSS JOIN pay b CROSS JOIN pay c").expect("runs");
        assert_eq!(many.len(), 10);
    }

    #[test]
    fn errors_are_one_line() {
        let error = run("SELECT nosuch FROM pay").expect_err("no such column");
        assert!(error.contains("nosuch") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn decimals_of_any_scale_become_fen() {
        assert_eq!(fen_of(5, 0), Ok(500));
        assert_eq!(fen_of(1_005, 3), Ok(101));
        assert_eq!(fen_of(-1_005, 3), Ok(-101));
        assert!(fen_of(i128::MAX, 2).is_err());
    }
}
