//! What every page has: the frame, the style sheet, the content security policy that allows nothing else.

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style sheet, in every page: a page is one file.
const STYLE: &str = include_str!("style.css");
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        encode_base64(digest.as_ref())
    )
});

/// The content security policy: our own style sheet by its digest, and nothing else.
pub(super) fn policy() -> &'static str {
    &POLICY
}

/// A whole page.
pub(super) fn whole(title: &str, home: bool, body: &Markup) -> String {
    // `frame-ancestors` has no effect in a `meta` element; everything else has, also in a saved file.
    let policy = policy().replace("; frame-ancestors 'none'", "");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (title) " · Sallyport" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header.top { div {
                    @if home { a href="/" { "Sallyport" } } @else { strong { "Sallyport" } }
                    span { "code, checked between two doors" }
                } }
                main { (body) }
            }
        }
    };
    page.into_string()
}

/// A page with one sentence.
pub(super) fn message(text: &str) -> String {
    whole(
        "Nothing to see",
        true,
        &html! { h1 { "Nothing to see here" } p.lead { (text) } p { a href="/" { "Start page" } } },
    )
}

fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// The bytes of base64 text; `None` if it is none.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = BASE64.iter().position(|known| *known == digit)?;
        bits = (bits << 6 | value as u32) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        let check = |plain: &str, coded: &str| {
            assert_eq!(encode_base64(plain.as_bytes()), coded);
            assert_eq!(decode_base64(coded).as_deref(), Some(plain.as_bytes()));
        };
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foob", "Zm9vYg==");
        check("fooba", "Zm9vYmE=");
        check("foobar", "Zm9vYmFy");
        assert_eq!(decode_base64("a b"), None);
    }

    #[test]
    fn the_policy_names_the_style_sheet_and_nothing_else() {
        assert!(policy().starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!policy().contains("unsafe"));
    }
}
