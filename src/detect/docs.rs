//! The catalogue for people: listing, one rule explained, docs/rules.md.
