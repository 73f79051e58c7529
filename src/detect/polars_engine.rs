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
//! | `CROSS JOIN params p … s.day <= p.as_of_day` | an inequality join, which sorts `s`; copies its columns at best | `literals` writes the values in |
//! | a dozen CTEs in one query | planned anew at every mention of each: seconds, and a stack overflow | each CTE is run by itself, once |
//! | a key beside a literal: `COALESCE(unit_key, '')` | null, as keys are numbers here and '' is none of them | R: CAST(unit_key AS VARCHAR) |
//! | `STRPOS(a, b)` | b is a regular expression; an error for `(` | R: SPLIT_PART(a, b, 1) <> a, NULL and '' apart |
//! | keys beside texts otherwise | error | asked again with texts; CAST(… AS VARCHAR) spares that |
//! | row order of a result | differs from run to run | findings are sorted by their values |

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use polars::prelude as pl;
use polars::prelude::IntoLazy;
use polars::sql::SQLContext;

use super::columns::{Columns, KeysAs};
use super::engine::{Answer, Cells, Engine, Failure, Question, Rows, STEP_ROWS};
use super::{explosion, literals, portability};
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

    fn query(&self, question: &Question<'_>) -> std::result::Result<Answer, Failure> {
        let params = view::to_polars(question.params).map_err(|e| Failure::Wrong(e.to_string()))?;
        match on_deep_stack(|| self.ask(question, params.clone(), KeysAs::Numbers)) {
            // A query that does more with keys than join, group and sort by them, and one that is wrong either way.
            Err(_) | Ok(Err(Failure::Wrong(_))) => {
                on_deep_stack(|| self.ask(question, params, KeysAs::Texts)).map_err(Failure::Wrong)?
            }
            Ok(answered) => answered,
        }
    }
}

impl PolarsEngine<'_> {
    fn ask(
        &self,
        question: &Question<'_>,
        params: pl::DataFrame,
        keys: KeysAs,
    ) -> std::result::Result<Answer, Failure> {
        let most = (question.limit as u64).saturating_mul(STEP_ROWS);
        let (named, last) = portability::steps(question.sql).unwrap_or((Vec::new(), question.sql));
        let mut bench = self.workbench(question.sql, params, keys)?;
        bench.most = Some(most);
        let unwanted = unwanted(&named, last, question.without);
        for ((name, step), unwanted) in named.iter().zip(unwanted) {
            bench.step(name, step)?;
            bench.forget(&unwanted);
        }
        let rows = rows(&bench.run(last, question.limit as u64)?)?;
        let again = |tables: &Vec<&str>| -> std::result::Result<Rows, Failure> {
            let mut bench = bench.emptied(tables);
            // Only the steps that rest on an emptied table, at first or second hand, can come out differently.
            let mut touched: BTreeSet<String> = tables.iter().map(|t| (*t).to_owned()).collect();
            for (name, step) in &named {
                if !portability::words(step).is_disjoint(&touched) {
                    bench.step(name, step)?;
                    touched.insert((*name).to_owned());
                }
            }
            self::rows(&bench.run(last, question.limit as u64)?)
        };
        Ok(Answer { rows, without: question.without.iter().map(|tables| again(tables).ok()).collect() })
    }

    fn workbench(&self, sql: &str, params: pl::DataFrame, keys: KeysAs) -> std::result::Result<Workbench, Failure> {
        let frames = self.columns.of(&portability::words(sql), keys).map_err(|e| Failure::Wrong(e.to_string()))?;
        let mut tables: BTreeMap<String, pl::DataFrame> = frames.into_iter().map(|(n, f)| (n.to_owned(), f)).collect();
        tables.insert("params".to_owned(), params);
        Ok(Workbench::new(tables))
    }

    /// Does work on a query step by step, on a stack that is deep enough.
    ///
    /// # Errors
    /// What `work` says, or that the engine panicked.
    pub fn on_bench<T: Send>(
        &self,
        sql: &str,
        params: &Frame,
        work: impl FnOnce(&mut Workbench) -> std::result::Result<T, String> + Send,
    ) -> std::result::Result<T, String> {
        let params = view::to_polars(params).map_err(|e| e.to_string())?;
        on_deep_stack(|| work(&mut self.workbench(sql, params, KeysAs::Texts).map_err(|e| e.to_string())?))?
    }
}

/// One query being worked on: the tables, and the steps run so far.
pub struct Workbench {
    context: SQLContext,
    tables: BTreeMap<String, pl::DataFrame>,
    /// Rows that a step may have.
    most: Option<u64>,
}

impl Workbench {
    fn new(tables: BTreeMap<String, pl::DataFrame>) -> Self {
        let context = SQLContext::new();
        for (name, frame) in &tables {
            context.register(name, frame.clone().lazy());
        }
        Self { context, tables, most: None }
    }

    /// The same tables and steps, some tables without their rows.
    fn emptied(&self, names: &[&str]) -> Self {
        let frame =
            |name: &String, f: &pl::DataFrame| if names.contains(&name.as_str()) { f.clear() } else { f.clone() };
        let tables = self.tables.iter().map(|(name, f)| (name.clone(), frame(name, f))).collect();
        Self { most: self.most, ..Self::new(tables) }
    }

    fn run(&mut self, sql: &str, limit: u64) -> std::result::Result<pl::DataFrame, Failure> {
        let wrong = |e: pl::PolarsError| Failure::Wrong(first_line(&e.to_string()));
        if let Some(most) = self.most.filter(|most| explosion::too_many(sql, &self.tables, *most).is_some()) {
            return Err(Failure::TooLarge(most));
        }
        let limit = pl::IdxSize::try_from(limit).unwrap_or(pl::IdxSize::MAX);
        let mut plan = |sql: &str| self.context.execute(sql).map(|f| f.limit(limit));
        // An expression of literals that occurs twice would be made once, one row high, and fit no frame.
        let apart = |plan: pl::LazyFrame| {
            let all = plan.get_current_optimizations();
            plan.with_optimizations(all.difference(pl::OptFlags::COMM_SUBEXPR_ELIM))
        };
        let written = self.tables.get("params").and_then(|params| literals::written_in(sql, params));
        let answered = written.and_then(|sql| plan(&sql).map(apart).and_then(pl::LazyFrame::collect).ok());
        answered.map_or_else(|| plan(sql).and_then(pl::LazyFrame::collect).map_err(wrong), Ok)
    }

    /// Runs a named step; later ones see it under its name.
    fn step(&mut self, name: &str, sql: &str) -> std::result::Result<(), Failure> {
        let most = self.most.unwrap_or(u64::MAX);
        let frame = self.run(sql, most.saturating_add(1))?;
        if frame.height() as u64 > most {
            return Err(Failure::TooLarge(most));
        }
        self.context.register(name, frame.clone().lazy());
        self.tables.insert(name.to_owned(), frame);
        Ok(())
    }

    /// Lets tables and steps go that nothing mentions any more.
    fn forget(&mut self, names: &[String]) {
        for name in names.iter().filter(|name| self.tables.remove(*name).is_some()) {
            self.context.unregister(name);
        }
    }

    /// As [`Self::step`], for whoever takes a query apart.
    ///
    /// # Errors
    /// What the engine says.
    pub fn define(&mut self, name: &str, sql: &str) -> std::result::Result<(), String> {
        self.step(name, sql).map_err(|e| e.to_string())
    }

    /// Rows of a query in which any text is `key`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn count(&mut self, sql: &str, key: &str) -> std::result::Result<u64, String> {
        let frame = self.run(sql, u64::MAX).map_err(|e| e.to_string())?;
        let mut there = vec![false; frame.height()];
        for column in frame.columns() {
            let Ok(texts) = column.as_materialized_series().str() else { continue };
            texts.iter().zip(&mut there).for_each(|(text, there)| *there |= text == Some(key));
        }
        Ok(there.iter().filter(|t| **t).count() as u64)
    }
}

/// For each step, the tables and steps that nothing mentions once it is done: neither a later step, nor the last query, nor what is
/// run again without a table.
fn unwanted(named: &[(&str, &str)], last: &str, without: &[Vec<&str>]) -> Vec<Vec<String>> {
    let words: Vec<BTreeSet<String>> = named.iter().map(|(_, step)| portability::words(step)).collect();
    let mut to_the_end = portability::words(last);
    for tables in without {
        let mut touched: BTreeSet<&str> = tables.iter().copied().collect();
        for ((name, _), words) in named.iter().zip(&words) {
            if touched.iter().any(|t| words.contains(*t)) {
                touched.insert(name);
                to_the_end.extend(words.iter().cloned());
            }
        }
    }
    let mut seen = to_the_end;
    let mut unwanted = vec![Vec::new(); named.len()];
    for (at, words) in words.into_iter().enumerate().rev() {
        unwanted[at] = words.into_iter().filter(|word| seen.insert(word.clone())).collect();
    }
    unwanted
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

fn rows(frame: &pl::DataFrame) -> std::result::Result<Rows, Failure> {
    let columns = frame.columns().iter().map(|c| Ok((c.name().to_string(), cells(c)?)));
    Ok(Rows { columns: columns.collect::<std::result::Result<_, String>>().map_err(Failure::Wrong)? })
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
        T::Enum(..) => return series.cast(&T::String).map_err(said).and_then(|texts| cells(&texts.into())),
        T::Boolean => Cells::Bool(series.bool().map_err(said)?.iter().collect()),
        T::Date => Cells::Date(series.date().map_err(said)?.physical().iter().collect()),
        T::Float32 | T::Float64 => {
            let floats = series.cast(&T::Float64).map_err(said)?;
            Cells::Float(floats.f64().map_err(said)?.iter().map(|x| x.map(settled)).collect())
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

/// A float to twelve digits: the engine divides a chunk of one row by a number, and a longer one by multiplying with its inverse, so that
/// the last digits depend on how it cut the rows.
fn settled(x: f64) -> f64 {
    format!("{x:.11e}").parse().unwrap_or(x)
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

    fn run(sql: &str) -> std::result::Result<Rows, Failure> {
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
        let params = frame("params", vec![("least", Values::Int64(vec![Some(1)].into()))]);
        engine.query(&Question { sql, params: &params, limit: 10, without: &[] }).map(|answer| answer.rows)
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
    fn a_query_is_asked_again_without_a_table() {
        let ids = |n: i64| vec![("row_id", Values::Int64((1..=n).map(Some).collect::<Vec<_>>().into()))];
        let mut engine = PolarsEngine::default();
        engine.register(Cow::Owned(frame("canonical/pay", ids(3))));
        engine.register(Cow::Owned(frame("canonical/leave", ids(2))));
        let params = frame("params", vec![("least", Values::Int64(vec![Some(1)].into()))]);
        let sql = "WITH paid AS (SELECT row_id FROM pay), away AS (SELECT row_id FROM leave) \
                   SELECT p.row_id FROM paid p LEFT JOIN away a ON a.row_id = p.row_id WHERE a.row_id IS NULL";
        let without = [vec!["leave"], vec!["pay"], vec!["pay", "leave"]];
        let answer = engine.query(&Question { sql, params: &params, limit: 10, without: &without }).expect("runs");
        assert_eq!(answer.rows.column("row_id"), Some(&Cells::Integer(vec![Some(3)])));
        let counts: Vec<Option<usize>> = answer.without.iter().map(|r| r.as_ref().map(Rows::len)).collect();
        assert_eq!(counts, [Some(3), Some(0), Some(0)]);
    }

    #[test]
    fn what_nothing_mentions_any_more_is_let_go() {
        let named = [
            ("paid", "SELECT row_id FROM pay"),
            ("away", "SELECT row_id FROM leave"),
            ("both", "SELECT p.row_id FROM paid p JOIN away a ON a.row_id = p.row_id"),
        ];
        let tables = |list: &[Vec<String>]| -> Vec<Vec<String>> {
            let names = ["pay", "leave", "paid", "away", "both"];
            list.iter().map(|l| l.iter().filter(|n| names.contains(&n.as_str())).cloned().collect()).collect()
        };
        let last = "SELECT row_id FROM both";
        assert_eq!(tables(&unwanted(&named, last, &[])), [vec!["pay"], vec!["leave"], vec!["away", "paid"]]);
        // Asked again without leave, the second and third step are run again, and the first is looked at.
        assert_eq!(tables(&unwanted(&named, last, &[vec!["leave"]])), [vec!["pay"], vec![], vec![]]);
    }

    #[test]
    fn errors_are_one_line() {
        let error = run("SELECT nosuch FROM pay").expect_err("no such column").to_string();
        assert!(error.contains("nosuch") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn floats_do_not_depend_on_how_rows_were_cut() {
        let shares = |rows: &str| {
            let sql =
                format!("SELECT FLOOR(CAST(row_id AS DOUBLE) * 0.0 + 368.4) / 10.0 AS share FROM pay WHERE {rows}");
            match run(&sql).expect("runs").column("share") {
                Some(Cells::Float(floats)) => floats.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((shares("row_id = 1"), shares("row_id > 0")), (vec![Some(36.8)], vec![Some(36.8); 3]));
        let told = [1.0 / 3.0, -2.5e-9, 0.0].map(|x| settled(x).to_string());
        assert_eq!(told, ["0.333333333333", "-0.0000000025", "0"]);
        assert!(settled(f64::NAN).is_nan() && settled(f64::INFINITY).is_infinite());
    }

    #[test]
    fn decimals_of_any_scale_become_fen() {
        assert_eq!(fen_of(5, 0), Ok(500));
        assert_eq!(fen_of(1_005, 3), Ok(101));
        assert_eq!(fen_of(-1_005, 3), Ok(-101));
        assert!(fen_of(i128::MAX, 2).is_err());
    }
}
