//! Any answer: its units do not depend on how it is cut, and stand where they say.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::gateway::unit(data));
