//! Tokens from bytes, before anybody has counted them: rather too many than too few.

/// Bytes of plain text per token. Tokenizers make 3.5 to 4.5 of English and of code.
const ASCII_BYTES_PER_TOKEN: u64 = 3;
/// What an inlined file counts, however long it is: about what a large picture does.
const INLINED_TOKENS: u64 = 2_000;
/// What stands before an inlined file.
const INLINED: &[u8] = b";base64,";
/// Bytes of output text per token, for answers that broke off before anybody counted.
const OUTPUT_BYTES_PER_TOKEN: u64 = 4;

/// Tokens of a prompt, from the bytes of the request's body. One pass, no allocation.
pub fn prompt_tokens(body: &[u8]) -> u64 {
    let (mut ascii, mut other, mut inlined) = (0_u64, 0_u64, 0_u64);
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == INLINED[0] && tail.starts_with(&INLINED[1..]) {
            let end = tail.iter().position(|byte| *byte == b'"').unwrap_or(tail.len());
            rest = &tail[end..];
            inlined += 1;
        } else if byte.is_ascii() {
            ascii += 1;
        } else {
            other += 1;
        }
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
        check(r#"{"url":"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#, 2_000 + 8);
        check("x;base64,", 2_001);
    }
}
