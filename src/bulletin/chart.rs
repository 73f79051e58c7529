//! Charts as inline SVG: no script, no outside reference, told apart without colour, each number written beside its mark.

use std::fmt::Write;

use serde::Serialize;

use super::table::{Shown, Table, hundredths};
use super::template::xml;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Horizontal bars, one group a label.
    Bars,
    /// Lines over the labels.
    Lines,
}

#[derive(Debug, Clone, Serialize)]
pub struct Series {
    pub name: String,
    pub values: Vec<f64>,
    /// The values as the table beside the chart shows them.
    pub shown: Vec<String>,
}

/// A chart, drawn; the parts are there for formats that draw their own.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    pub id: String,
    pub form: Form,
    pub title: String,
    pub labels: Vec<String>,
    pub series: Vec<Series>,
    pub svg: String,
}

impl Chart {
    /// Columns of a table over one of its columns of text; `None` when there is nothing to draw.
    #[must_use]
    pub fn of(table: &Table, form: Form, labels: &str, columns: &[&str]) -> Option<Self> {
        let series = columns.iter().filter_map(|name| {
            let column = &table.columns[table.position(name)?];
            let values: Vec<&Shown> = table.column(name).collect();
            Some(Series {
                name: column.title.clone(),
                values: values.iter().map(|v| value(v)).collect(),
                shown: values.iter().map(|v| v.text.clone()).collect(),
            })
        });
        let mut chart = Self {
            id: table.id.clone(),
            form,
            title: table.title.clone(),
            labels: table.column(labels).map(|v| v.text.clone()).collect(),
            series: series.collect(),
            svg: String::new(),
        };
        // A series without a single mark says nothing and takes room.
        if chart.form == Form::Lines {
            chart.series.retain(|s| s.values.iter().any(|v| *v != 0.0));
        }
        // Nor does a chart without one, as of a unit too small for any number to be shown.
        let drawn = chart.series.iter().any(|s| s.values.iter().any(|v| *v > 0.0));
        if chart.labels.is_empty() || !drawn {
            return None;
        }
        chart.draw();
        Some(chart)
    }

    /// With another name, for a page on which the same table stands more than once.
    #[must_use]
    pub fn named(mut self, id: &str, title: &str) -> Self {
        self.id = id.to_owned();
        self.title = title.to_owned();
        self.draw();
        self
    }

    fn draw(&mut self) {
        self.svg = match self.form {
            Form::Bars => bars(self),
            Form::Lines => lines(self),
        };
    }
}

/// A hidden number is drawn as none.
fn value(shown: &Shown) -> f64 {
    hundredths(&shown.cell).map_or(0.0, |n| n as f64 / 100.0)
}

const WIDTH: f64 = 680.0;
/// Dark, light, and what is drawn on the light: told apart in print without colour.
const DARK: &str = "#1f3b5b";
const LIGHT: &str = "#e9eef4";

fn open(chart: &Chart, height: f64) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">",
        xml(&chart.title)
    );
    let _ = write!(out, "<title>{}</title><defs>", xml(&chart.title));
    let marks = ["M0,8 L8,0", "M0,4 L8,4", "M4,0 L4,8", "M0,0 L8,8"];
    for (i, mark) in marks.iter().enumerate() {
        let _ = write!(
            out,
            "<pattern id=\"{}-{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"{LIGHT}\"/><path d=\"{mark}\" stroke=\"{DARK}\" stroke-width=\"1.6\"/></pattern>",
            xml(&chart.id),
            i + 1
        );
    }
    out.push_str("</defs>");
    out
}

fn fill(chart: &Chart, series: usize) -> String {
    if series == 0 { DARK.to_owned() } else { format!("url(#{}-{})", xml(&chart.id), (series - 1) % 4 + 1) }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"13\" fill=\"#111\">{}</text>",
        xml(words)
    );
}

/// A name that fits beside the bars; the whole name stands in the table.
fn short(label: &str, limit: usize) -> String {
    if label.chars().count() <= limit {
        label.to_owned()
    } else {
        label.chars().take(limit - 1).chain(['…']).collect()
    }
}

fn bars(chart: &Chart) -> String {
    let count = chart.series.len() as f64;
    let (thick, gap) = (if count > 1.0 { 13.0 } else { 17.0 }, 9.0);
    let group = thick * count + gap;
    let head = if count > 1.0 { 28.0 } else { 6.0 };
    let height = head + group * chart.labels.len() as f64 + 4.0;
    let left = 13.5 * chart.labels.iter().map(|l| l.chars().count().min(17)).max().unwrap_or(0) as f64 + 12.0;
    let longest = chart.series.iter().flat_map(|s| &s.shown).map(|t| t.chars().count()).max().unwrap_or(0) as f64;
    let room = WIDTH - left - longest * 8.0 - 16.0;
    let top = chart.series.iter().flat_map(|s| &s.values).copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut out = open(chart, height);
    if count > 1.0 {
        let mut x = left;
        for (i, series) in chart.series.iter().enumerate() {
            let _ = write!(
                out,
                "<rect x=\"{x:.1}\" y=\"5\" width=\"22\" height=\"12\" fill=\"{}\" stroke=\"{DARK}\"/>",
                fill(chart, i)
            );
            text(&mut out, x + 28.0, 16.0, "start", &series.name);
            x += 48.0 + 13.5 * series.name.chars().count() as f64;
        }
    }
    for (row, label) in chart.labels.iter().enumerate() {
        let y = head + group * row as f64;
        text(&mut out, left - 8.0, y + thick * count / 2.0 + 4.5, "end", &short(label, 17));
        for (i, series) in chart.series.iter().enumerate() {
            let value = series.values.get(row).copied().unwrap_or_default().max(0.0);
            let (y, width) = (y + thick * i as f64, room * value / top);
            let _ = write!(
                out,
                "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{}\" stroke=\"{DARK}\"/>",
                thick - 1.5,
                fill(chart, i)
            );
            let words = series.shown.get(row).map(String::as_str).unwrap_or_default();
            text(&mut out, left + width + 6.0, y + thick - 3.5, "start", words);
        }
    }
    let _ = write!(
        out,
        "<line x1=\"{left:.1}\" y1=\"{head:.1}\" x2=\"{left:.1}\" y2=\"{height:.1}\" stroke=\"#111\"/></svg>"
    );
    out
}

/// Round steps for an axis that must reach `top`.
fn step(top: f64) -> f64 {
    let rough = (top / 4.0).max(1.0);
    let magnitude = 10f64.powf(rough.log10().floor());
    let scaled = rough / magnitude;
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().find(|n| *n >= scaled).unwrap_or(10.0);
    nice * magnitude
}

const DASHES: [&str; 5] = ["none", "7 4", "2 3", "10 3 2 3", "1 5"];

fn lines(chart: &Chart) -> String {
    const HEIGHT: f64 = 300.0;
    let (left, right, head, foot) = (52.0, 120.0, 16.0, 34.0);
    let top = chart.series.iter().flat_map(|s| &s.values).copied().fold(0.0, f64::max);
    let step = step(top);
    let ceiling = (top / step).ceil().max(1.0) * step;
    let places = chart.labels.len().max(2) as f64 - 1.0;
    let x = |i: usize| left + (WIDTH - left - right) * i as f64 / places;
    let y = |v: f64| HEIGHT - foot - (HEIGHT - head - foot) * v / ceiling;
    let mut out = open(chart, HEIGHT);
    let mut tick = 0.0;
    while tick <= ceiling + step / 2.0 {
        let _ = write!(
            out,
            "<line x1=\"{left}\" y1=\"{0:.1}\" x2=\"{1:.1}\" y2=\"{0:.1}\" stroke=\"#bbb\"/>",
            y(tick),
            WIDTH - right
        );
        text(&mut out, left - 8.0, y(tick) + 4.5, "end", &format!("{tick:.0}"));
        tick += step;
    }
    for (i, label) in chart.labels.iter().enumerate() {
        text(&mut out, x(i), HEIGHT - 12.0, "middle", label);
    }
    let mut ends: Vec<(f64, usize)> = Vec::new();
    for (s, series) in chart.series.iter().enumerate() {
        let points: Vec<String> =
            series.values.iter().enumerate().map(|(i, v)| format!("{:.1},{:.1}", x(i), y(*v))).collect();
        let _ = write!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{DARK}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
            points.join(" "),
            DASHES[s % DASHES.len()]
        );
        for (i, v) in series.values.iter().enumerate() {
            mark(&mut out, s, x(i), y(*v));
        }
        ends.push((y(series.values.last().copied().unwrap_or_default()), s));
    }
    // Names at the lines' ends, pushed apart.
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut lowest = f64::MIN;
    for (at, s) in ends {
        let at = at.max(lowest + 16.0);
        lowest = at;
        let series = &chart.series[s];
        let last = series.shown.last().map(String::as_str).unwrap_or_default();
        let x = x(chart.labels.len() - 1).min(WIDTH - right);
        mark(&mut out, s, x + 14.0, at);
        text(&mut out, x + 24.0, at + 4.5, "start", &format!("{} {last}", short(&series.name, 7)));
    }
    out.push_str("</svg>");
    out
}

/// A mark of its own for each line.
fn mark(out: &mut String, series: usize, x: f64, y: f64) {
    let _ = match series % 5 {
        0 => write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{DARK}\"/>"),
        1 => write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\" fill=\"#fff\" stroke=\"{DARK}\" stroke-width=\"1.6\"/>",
            x - 4.0,
            y - 4.0
        ),
        2 => write!(out, "<path d=\"M{x:.1},{:.1} l5,9 h-10 z\" fill=\"{DARK}\"/>", y - 5.0),
        3 => write!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"#fff\" stroke=\"{DARK}\" stroke-width=\"1.6\"/>"
        ),
        _ => write!(out, "<path d=\"M{:.1},{y:.1} l5,-5 l5,5 l-5,5 z\" fill=\"{DARK}\"/>", x - 5.0),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(form: Form) -> Chart {
        let mut chart = Chart {
            id: "t".to_owned(),
            form,
            title: "<script>".to_owned(),
            labels: vec!["甲\" onload=\"x".to_owned(), "乙".to_owned()],
            series: vec![Series {
                name: "数&".to_owned(),
                values: vec![3.0, 7.0],
                shown: vec!["3".to_owned(), "7".to_owned()],
            }],
            svg: String::new(),
        };
        chart.draw();
        chart
    }

    #[test]
    fn a_chart_is_text_only_whatever_its_labels_say() {
        for form in [Form::Bars, Form::Lines] {
            let svg = chart(form).svg;
            assert!(!svg.contains("<script") && !svg.contains("onload=\"x"), "{svg}");
            assert!(svg.contains("&lt;script&gt;") && svg.contains(">乙<"), "{svg}");
        }
    }

    #[test]
    fn an_axis_goes_in_round_steps() {
        assert_eq!(
            [step(3.0), step(30.0), step(87.0), step(1_000.0)].map(|s| format!("{s:.0}")),
            ["1", "10", "50", "500"]
        );
    }
}
