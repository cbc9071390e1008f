//! Arguments → settings → app → serve. Bad configuration exits with 64 before a port is bound.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::cli::main()
}
