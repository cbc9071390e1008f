//! Any text is read as Python, analysed and drawn as graphs.
#![no_main]

use analyzers::lang::Language;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::drawn(Language::Python, String::from_utf8_lossy(data).into_owned()));
