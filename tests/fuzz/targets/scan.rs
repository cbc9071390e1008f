//! Any text in any language is read, analysed and drawn as graphs.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((language, text)) = fuzz::unit(data) else { return };
    fuzz::drawn(language, text);
});
