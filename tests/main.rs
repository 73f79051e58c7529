//! The one integration binary; each module is a subject.

mod cases;
mod catalogue;
mod extract;
