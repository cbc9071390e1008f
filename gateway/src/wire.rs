//! OpenAI's JSON: typed where we act, the rest kept as it came.
