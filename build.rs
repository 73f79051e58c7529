//! Schemas and rules are compiled in; a file added to their folders must rebuild the program.

fn main() {
    println!("cargo::rerun-if-changed=schemas");
    println!("cargo::rerun-if-changed=pipelines");
}
