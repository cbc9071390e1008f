//! Nothing comes from outside in data and markup: what is wrong there stands there.

use super::Tables;

pub(super) const TABLES: Tables = Tables {
    sources: &[],
    handler_sources: ("", &[]),
    harmless: &[],
    source_methods: &[],
    sanitizers: &[],
    sanitizing_methods: &[],
    escaping_types: &[],
    inert_types: &[],
    route_decorators: &[],
    request_parameters: &[],
    request_types: &[],
    aborts: &[],
    callbacks: &[],
    handlers: &[],
    parameter_annotations: &[],
    builtins: &[],
};
