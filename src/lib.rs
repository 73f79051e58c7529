//! Hedui (核对): checks establishment, registration, payroll and HR registers against one another.
//!
//! The rooms, in the order data walks through them. ARCHITECTURE.md holds the map; a test holds it to the code.

#![forbid(unsafe_code)]

pub mod error;
pub mod kernel;
pub mod table;
pub mod extract;
pub mod resolve;
pub mod link;
pub mod detect;
pub mod publish;
pub mod ledger;
pub mod pipeline;
pub mod synthetic;
pub mod evaluate;
pub mod bulletin;
pub mod desk;
pub mod cli;
