//! Any stream: events, units and what goes out do not depend on how it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::gateway::sse(data));
