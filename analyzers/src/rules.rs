//! The list of rules; a test fails on a file in `rules/` that is not in it.

use crate::rule::Rule;

mod allocation;
mod android_component;
mod archive_extraction;
mod array_index;
mod assert_check;
mod bind_all;
mod cleartext_protocol;
mod cleartext_secret;
mod cleartext_storage;
mod client_decides;
mod code_injection;
mod command_injection;
mod cookie_flags;
mod cross_origin;
mod cross_site_scripting;
mod csrf_off;
mod dangerous_function;
mod debug_mode;
mod decompression_bomb;
mod document_query;
mod dynamic_dispatch;
mod electron_settings;
mod empty_password;
mod error_detail;
mod excessive_privilege;
mod file_mode;
mod file_race;
mod filter_injection;
mod fixed_nonce;
mod format_arguments;
mod format_string;
mod hardcoded_key;
mod hardcoded_secret;
mod header_injection;
mod incomplete_sanitization;
mod incomplete_url_check;
mod insecure_random;
mod integer_conversion;
mod integer_overflow;
mod log_injection;
mod mass_assignment;
mod memory_lifetime;
mod missing_authorization;
mod missing_rate_limit;
mod missing_terminator;
mod missing_timeout;
mod node_buffer;
mod null_dereference;
mod open_network;
mod open_redirect;
mod password_hash;
mod password_policy;
mod path_traversal;
mod privilege_drop;
mod prompt_injection;
mod prototype_pollution;
mod public_files;
mod public_resource;
mod race_condition;
mod regex_anchor;
mod resource_exhaustion;
mod risky_import;
mod server_request;
mod session_expiry;
mod session_fixation;
mod size_arithmetic;
mod slow_regex;
mod sql_injection;
mod ssh_host_key;
mod swallowed_exception;
mod template_injection;
mod temporary_file;
mod timing_comparison;
mod tls_verify;
mod tls_version;
mod token_verification;
mod trojan_source;
mod trust_boundary;
mod type_confusion;
mod unbounded_copy;
mod unbounded_work;
mod unchecked_result;
mod uninitialised;
mod unpinned_download;
mod unreleased_resource;
mod unrestricted_upload;
mod unsafe_deserialization;
mod unsafe_pointer;
mod untrusted_checkout;
mod weak_cipher;
mod weak_hash;
mod window_message;
mod wrong_bound;
mod wrong_condition;
mod xml_parser;

/// Every rule, in the order of the rule reference.
pub const RULES: &[&Rule] = &[
    &command_injection::RULE,
    &sql_injection::RULE,
    &filter_injection::RULE,
    &code_injection::RULE,
    &template_injection::RULE,
    &path_traversal::RULE,
    &cross_site_scripting::RULE,
    &server_request::RULE,
    &session_fixation::RULE,
    &open_redirect::RULE,
    &incomplete_url_check::RULE,
    &log_injection::RULE,
    &error_detail::RULE,
    &cookie_flags::RULE,
    &unsafe_deserialization::RULE,
    &unsafe_pointer::RULE,
    &hardcoded_secret::RULE,
    &hardcoded_key::RULE,
    &weak_hash::RULE,
    &password_hash::RULE,
    &weak_cipher::RULE,
    &tls_version::RULE,
    &tls_verify::RULE,
    &ssh_host_key::RULE,
    &token_verification::RULE,
    &timing_comparison::RULE,
    &cleartext_protocol::RULE,
    &insecure_random::RULE,
    &integer_conversion::RULE,
    &temporary_file::RULE,
    &archive_extraction::RULE,
    &xml_parser::RULE,
    &file_mode::RULE,
    &bind_all::RULE,
    &debug_mode::RULE,
    &missing_timeout::RULE,
    &slow_regex::RULE,
    &swallowed_exception::RULE,
    &assert_check::RULE,
    &cleartext_storage::RULE,
    &csrf_off::RULE,
    &decompression_bomb::RULE,
    &document_query::RULE,
    &dynamic_dispatch::RULE,
    &electron_settings::RULE,
    &empty_password::RULE,
    &fixed_nonce::RULE,
    &header_injection::RULE,
    &mass_assignment::RULE,
    &prompt_injection::RULE,
    &resource_exhaustion::RULE,
    &unrestricted_upload::RULE,
    &format_string::RULE,
    &incomplete_sanitization::RULE,
    &prototype_pollution::RULE,
    &public_files::RULE,
    &regex_anchor::RULE,
    &node_buffer::RULE,
    &window_message::RULE,
    &trojan_source::RULE,
    &unpinned_download::RULE,
    &missing_authorization::RULE,
    &password_policy::RULE,
    &privilege_drop::RULE,
    &race_condition::RULE,
    &session_expiry::RULE,
    &risky_import::RULE,
    &null_dereference::RULE,
    &android_component::RULE,
    &integer_overflow::RULE,
    &array_index::RULE,
    &unreleased_resource::RULE,
    &unbounded_work::RULE,
    &trust_boundary::RULE,
    &client_decides::RULE,
    &cross_origin::RULE,
    &unchecked_result::RULE,
    &unbounded_copy::RULE,
    &format_arguments::RULE,
    &cleartext_secret::RULE,
    &size_arithmetic::RULE,
    &dangerous_function::RULE,
    &uninitialised::RULE,
    &file_race::RULE,
    &wrong_condition::RULE,
    &memory_lifetime::RULE,
    &missing_rate_limit::RULE,
    &allocation::RULE,
    &wrong_bound::RULE,
    &missing_terminator::RULE,
    &type_confusion::RULE,
    &excessive_privilege::RULE,
    &open_network::RULE,
    &public_resource::RULE,
    &untrusted_checkout::RULE,
];

#[cfg(test)]
mod tests;
