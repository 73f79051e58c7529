//! One real prefecture with its counties and towns, chosen by seed.

use rand::Rng as _;

use super::model::{County, Region};
use super::rng::{Purpose, stream};

/// The prefecture of a seed, with no more counties than `counties_max`.
#[must_use]
pub fn choose(seed: u64, counties_max: usize) -> Region {
    let mut regions: Vec<Region> = Vec::new();
    for line in include_str!("data/divisions.tsv").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [code, kind, extra, name] = cells[..] else { continue };
        let code = code.parse().unwrap_or(0);
        if kind == "prefecture" {
            let region =
                Region { province: extra.to_owned(), code, name: name.to_owned(), counties: vec![], elsewhere: vec![] };
            regions.push(region);
        } else if let Some(region) = regions.last_mut() {
            let towns = extra.split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect();
            region.counties.push(County { code, name: name.to_owned(), towns });
        }
    }
    let elsewhere: Vec<u32> = regions.iter().flat_map(|r| r.counties.iter().map(|c| c.code)).collect();
    let chosen = stream(seed, Purpose::Region, 0).random_range(0..regions.len());
    let mut region = regions.swap_remove(chosen);
    region.elsewhere = elsewhere;
    region.counties.truncate(counties_max.max(1));
    region
}

impl Region {
    /// The name with which bodies of a county (or of the prefecture) begin.
    #[must_use]
    pub fn prefix(&self, county: Option<usize>) -> String {
        match county {
            None => self.name.clone(),
            // Districts carry their city's name, counties and county-level cities stand alone.
            Some(c) if self.counties[c].name.ends_with('区') => format!("{}{}", self.name, self.counties[c].name),
            Some(c) => self.counties[c].name.clone(),
        }
    }
    #[must_use]
    pub fn code_of(&self, county: Option<usize>) -> u32 {
        county.map_or(self.code, |c| self.counties[c].code)
    }
    /// The character that abbreviates the place in document numbers.
    #[must_use]
    pub fn initial(&self, county: Option<usize>) -> char {
        let name = county.map_or(&self.name, |c| &self.counties[c].name);
        name.chars().next().unwrap_or('市')
    }
}
