//! Methods and functions that run a query text, one table for who rewrites queries and who looks for their safe form.

/// How a method takes the parameters of its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameters {
    /// As the argument after the text, or by keyword.
    Beside,
    /// As several sets for one text.
    Sets,
    /// As a library of another language takes them, or a method of a general name.
    Other,
}

const METHODS: &[(&str, Parameters)] = &[
    ("execute", Parameters::Beside),
    ("raw", Parameters::Beside),
    ("execute_sql", Parameters::Beside),
    ("read_sql", Parameters::Beside),
    ("read_sql_query", Parameters::Beside),
    ("fetch", Parameters::Beside),
    ("fetchrow", Parameters::Beside),
    ("fetchval", Parameters::Beside),
    ("fetch_all", Parameters::Beside),
    ("fetch_one", Parameters::Beside),
    ("fetch_val", Parameters::Beside),
    ("scalar", Parameters::Beside),
    ("scalars", Parameters::Beside),
    ("exec_driver_sql", Parameters::Beside),
    ("executemany", Parameters::Sets),
    ("query", Parameters::Other),
    ("all", Parameters::Other),
    ("get", Parameters::Other),
    ("run", Parameters::Other),
    ("each", Parameters::Other),
    ("queryForList", Parameters::Other),
    ("queryForObject", Parameters::Other),
    ("queryForMap", Parameters::Other),
    ("queryForRowSet", Parameters::Other),
    ("update", Parameters::Other),
];

fn parameters(method: &str) -> Option<Parameters> {
    METHODS.iter().find(|(name, _)| *name == method).map(|&(_, parameters)| parameters)
}

/// Whether a method of this name may run a query text.
pub(crate) fn runs(method: &str) -> bool {
    parameters(method).is_some()
}

/// Whether a method of this name runs the text of its first argument with the parameters of its second (Python).
pub(crate) fn takes_parameters(method: &str) -> bool {
    parameters(method) == Some(Parameters::Beside)
}
