//! The `jemap` program: everything is in the library's `cli` room.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    jemap::cli::main()
}
