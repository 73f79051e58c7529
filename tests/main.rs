//! The one integration-test binary: each module looks at the program from one side.

mod cases;
mod publish;
