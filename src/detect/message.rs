//! Messages: a template with {placeholders} filled with a finding's own figures.

/// Placeholders that every rule has.
pub const COMMON: [&str; 4] = ["unit_name", "person_name", "amount", "period"];

/// What stands for a value that is not there.
pub const NOTHING: &str = "—";

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Plain(String),
    Placeholder(String),
}

impl Part {
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Placeholder(name) => Some(name),
        }
    }
}

/// A template taken apart. A brace that is meant as such is doubled.
///
/// # Errors
/// What is wrong with its braces.
pub fn parts(template: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = template.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                plain.push(c);
            }
            '{' => {
                let name: String = std::iter::from_fn(|| rest.next_if(|&c| c != '}' && c != '{')).collect();
                if rest.next() != Some('}') {
                    return Err(format!("{{{name} has no closing brace"));
                }
                if name.is_empty() {
                    return Err("{} names nothing".to_owned());
                }
                parts.push(Part::Plain(std::mem::take(&mut plain)));
                parts.push(Part::Placeholder(name));
            }
            '}' => return Err("a closing brace stands alone".to_owned()),
            _ => plain.push(c),
        }
    }
    parts.push(Part::Plain(plain));
    parts.retain(|p| *p != Part::Plain(String::new()));
    Ok(parts)
}

/// The template with every placeholder replaced by what `value` says of it.
#[must_use]
pub fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let one = |part: Part| match part {
        Part::Plain(text) => text,
        Part::Placeholder(name) => value(&name).unwrap_or_else(|| NOTHING.to_owned()),
    };
    // A template that does not parse was refused when the catalogue was loaded.
    parts(template).map_or_else(|_| template.to_owned(), |parts| parts.into_iter().map(one).collect())
}

/// A number with at most two decimals and no trailing zeros.
#[must_use]
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_what_is_missing_reads_as_a_dash() {
        let value = |name: &str| (name == "n").then(|| "3".to_owned());
        assert_eq!(fill("{unit}超出{n}名 {{x}}", value), "—超出3名 {x}");
    }

    #[test]
    fn broken_braces_are_told() {
        assert!(parts("{a").is_err());
        assert!(parts("a}").is_err());
        assert!(parts("{}").is_err());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(93.0), "93");
        assert_eq!(number(93.456), "93.46");
        assert_eq!(number(100.0), "100");
    }
}
