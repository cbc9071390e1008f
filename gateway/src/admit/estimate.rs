//! Tokens from bytes, before anybody has counted them: rather too many than too few.

use memchr::{memchr2, memmem};

/// Bytes of plain text per token. Tokenizers make 3.5 to 4.5 of English and of code.
const ASCII_BYTES_PER_TOKEN: u64 = 3;
/// What an inlined file counts, however long it is: about what a large picture does.
const INLINED_TOKENS: u64 = 2_000;
/// What stands before an inlined file.
const INLINED: &[u8] = b";base64,";
/// Bytes of output text per token, for answers that broke off before anybody counted.
const OUTPUT_BYTES_PER_TOKEN: u64 = 4;

/// Tokens of a prompt, from the bytes of the request's body. No allocation.
pub fn prompt_tokens(body: &[u8]) -> u64 {
    let (mut ascii, mut other, mut inlined) = (0, 0, 0);
    let mut rest = body;
    while !rest.is_empty() {
        let file = memmem::find(rest, INLINED);
        let text = rest.get(..file.map_or(rest.len(), |at| at + 1)).unwrap_or_default();
        let plain = text.iter().filter(|byte| byte.is_ascii()).count();
        ascii += plain as u64;
        other += (text.len() - plain) as u64;
        rest = match file.and_then(|at| rest.get(at + INLINED.len()..)) {
            Some(file) => {
                inlined += 1;
                let end = memchr2(b'"', b';', file).unwrap_or(file.len());
                file.get(end..).unwrap_or_default()
            }
            None => &[],
        };
    }
    ascii.div_ceil(ASCII_BYTES_PER_TOKEN) + other + inlined * INLINED_TOKENS
}

/// Tokens of so many bytes of output text.
pub const fn output_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(OUTPUT_BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: u64) {
        assert_eq!(prompt_tokens(body.as_bytes()), expected, "{body}");
    }

    #[test]
    fn estimates_prompts() {
        check("", 0);
        check("ab", 1);
        check("abcdef", 2);
        check("äö", 4);
        check(r#"{"url":"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#, 2_000 + 9);
        check("x;base64,", 2_001);
        check("base64,a;b;base64,c\";", 2_005);
    }
}
