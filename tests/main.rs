//! The one integration-test binary: each module looks at the program from one side.

mod accounts;
mod architecture;
mod bulletin;
mod canaries;
mod cases;
mod catalogue;
mod cli;
mod desk;
mod extract;
mod incremental;
mod ledger;
mod ledger_stores;
mod link;
mod office;
mod publish;
mod rules_compared;
mod runs;
