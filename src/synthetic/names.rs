//! Personal names: real surnames and given-name characters by their weights.

use rand::Rng as _;

use super::model::Sex;
use super::rng::Rng;

/// Names of the peoples whose full names carry an interpunct.
const LONG_NAMES: [&str; 12] = [
    "买买提·艾力",
    "阿依古丽·吐尔逊",
    "艾尔肯·买买提",
    "古丽娜尔·阿不都",
    "热依汗·艾山",
    "吐尔洪·亚森",
    "迪丽拜尔·玉素甫",
    "阿卜杜拉·克里木",
    "扎西·多吉",
    "努尔兰·别克",
    "帕提古丽·买买提",
    "巴特尔·巴雅尔",
];

/// Cumulative weights over words.
struct Weighted {
    words: Vec<&'static str>,
    cumulative: Vec<u64>,
}

impl Weighted {
    fn new(items: impl Iterator<Item = (&'static str, u64)>) -> Self {
        let (mut words, mut cumulative, mut sum) = (Vec::new(), Vec::new(), 0);
        for (word, weight) in items {
            if weight > 0 {
                sum += weight;
                words.push(word);
                cumulative.push(sum);
            }
        }
        Self { words, cumulative }
    }
    fn draw(&self, rng: &mut Rng) -> &'static str {
        let total = self.cumulative.last().copied().unwrap_or(1);
        let x = rng.random_range(0..total);
        self.words[self.cumulative.partition_point(|c| *c <= x)]
    }
}

/// Draws names.
pub struct Names {
    surnames: Weighted,
    male: Weighted,
    female: Weighted,
}

fn number(text: Option<&str>) -> u64 {
    text.and_then(|t| t.parse().ok()).unwrap_or(0)
}

impl Names {
    #[must_use]
    pub fn load() -> Self {
        let given = |column: usize| {
            include_str!("data/given.tsv").lines().map(move |l| {
                let mut cells = l.split('\t');
                let word = cells.next().unwrap_or_default();
                // The square root keeps the commonest characters from drowning the rest: unlike a web sample, staff lists span ages.
                (word, number(cells.nth(column)).isqrt())
            })
        };
        let surnames = include_str!("data/surnames.tsv").lines().filter_map(|l| l.split_once('\t'));
        Self {
            surnames: Weighted::new(surnames.map(|(s, w)| (s, number(Some(w))))),
            male: Weighted::new(given(0)),
            female: Weighted::new(given(1)),
        }
    }

    /// A full name; one in a hundred and fifty carries an interpunct, one in six has a single given character.
    pub fn draw(&self, rng: &mut Rng, sex: Sex) -> String {
        if rng.random_range(0..150) == 0 {
            return LONG_NAMES[rng.random_range(0..LONG_NAMES.len())].to_owned();
        }
        let given = if sex == Sex::Male { &self.male } else { &self.female };
        let mut name = self.surnames.draw(rng).to_owned();
        name.push_str(given.draw(rng));
        if rng.random_range(0..6) != 0 {
            name.push_str(given.draw(rng));
        }
        name
    }
    /// A surname, for villages named after the families that live there.
    pub fn surname(&self, rng: &mut Rng) -> &'static str {
        self.surnames.draw(rng)
    }
}
