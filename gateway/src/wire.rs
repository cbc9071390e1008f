//! OpenAI's JSON: read where we act, spliced where we change, the rest kept as it came, byte for byte.

pub mod answer;
pub mod json;
pub mod request;
pub mod tool;
