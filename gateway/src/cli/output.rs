//! What the subcommands share: complaints on standard error, a closed standard output, value parsers.

use std::io::{ErrorKind, Write};

use analyzers::lang::Language;

/// Prints one line about a problem to standard error.
pub(super) fn problem(text: &str) {
    // Nothing is left to tell the user if standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "sallyport: {text}");
}

/// Whether printing failed. A reader that left early (`… | head`) is no failure.
pub(super) fn lost(printed: std::io::Result<()>) -> bool {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            problem(&format!("cannot print: {error}"));
            true
        }
        _ => false,
    }
}

/// A count with its noun.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Reads a language by name.
pub(super) fn language(name: &str) -> Result<Language, String> {
    Language::from_label(name).ok_or_else(|| {
        let names: Vec<&str> = Language::ALL.iter().map(|language| language.name()).collect();
        format!("one of {}", names.join(", "))
    })
}
