//! Words for the terminal; the only room that prints.
