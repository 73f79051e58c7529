//! Pure functions on plain values. No frames, no files, no clock; everything here is property-tested.

pub mod account;
pub mod characters;
pub mod credit_code;
pub mod dates;
pub mod money;
pub mod org_name;
pub mod person_name;
pub mod regions;
pub mod resident_id;
pub mod retirement;
pub mod secret;
pub mod similarity;
pub mod text_similarity;
