//! What identifiers and literals are about, by the words in them; never a verdict of its own.

/// The lower-case words of an identifier: `apiKey`, `API_KEY` and `api-key` are `api`, `key`.
pub fn words(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = '_';
    let mut letters = identifier.chars().take(200).peekable();
    while let Some(letter) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(|next| next.is_lowercase());
        let starts = letter.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_lower));
        if (starts || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Words that name a credential by themselves.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "secret",
    "secrets",
    "token",
    "apikey",
    "secretkey",
    "privatekey",
    "accesskey",
    "credential",
    "credentials",
    "pw",
    "authtoken",
    "dbpass",
    "dbpassword",
];

/// Words that make a `key` a credential.
const KEY_OF: &[&str] = &[
    "api",
    "secret",
    "private",
    "access",
    "auth",
    "encryption",
    "encrypt",
    "signing",
    "crypto",
    "aes",
    "master",
    "jwt",
    "hmac",
    "license",
    "app",
];

/// Last words that say the name is about a credential without being one.
const ABOUT: &[&str] = &[
    "name",
    "field",
    "label",
    "type",
    "length",
    "len",
    "size",
    "count",
    "url",
    "uri",
    "path",
    "file",
    "filename",
    "header",
    "prompt",
    "message",
    "error",
    "hint",
    "text",
    "column",
    "regex",
    "pattern",
    "policy",
    "format",
    "id",
    "input",
    "form",
    "template",
    "view",
    "page",
    "route",
    "endpoint",
    "expiry",
    "expires",
    "ttl",
    "lifetime",
    "algorithm",
    "alg",
    "hash",
    "min",
    "max",
    "chars",
    "charset",
    "alphabet",
    "characters",
    "env",
    "variable",
    "var",
    "param",
    "parameter",
    "selector",
    "xpath",
    "title",
    "placeholder",
    "scheme",
    "query",
];

/// Whether a variable, argument or key of that name holds a credential.
pub fn names_secret(identifier: &str) -> bool {
    let words = words(identifier);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) {
        return false;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(SECRET) || (words.len() > 1 && (last == "key" || last == "keys") && has(KEY_OF))
}

/// Whether a variable, argument or key of that name holds a password.
pub fn names_password(identifier: &str) -> bool {
    const PASSWORD: &[&str] =
        &["password", "passwd", "passwort", "passphrase", "passcode", "pwd", "pass", "pw", "dbpass", "dbpassword"];
    names_secret(identifier) && words(identifier).iter().any(|word| PASSWORD.contains(&word.as_str()))
}

/// Words of names whose value must not be guessed.
const UNGUESSABLE: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "otp",
    "totp",
    "pin",
    "salt",
    "nonce",
    "session",
    "sessionid",
    "csrf",
    "xsrf",
    "captcha",
    "cookie",
    "credential",
    "credentials",
    "auth",
    "authentication",
    "verification",
    "activation",
    "confirmation",
    "reset",
    "recovery",
    "invite",
    "invitation",
    "voucher",
    "coupon",
    "crypto",
    "cryptographic",
    "encrypt",
    "encryption",
    "decrypt",
    "cipher",
    "iv",
    "jwt",
    "oauth",
    "login",
    "2fa",
    "mfa",
    "apikey",
    "security",
    "secure",
];

/// Whether something of that name must not be guessed by others.
pub fn names_unguessable(identifier: &str) -> bool {
    let words = words(identifier);
    let has = |word: &str| words.iter().any(|other| other == word);
    words.iter().any(|word| UNGUESSABLE.contains(&word.as_str()))
        || (has("key")
            && words.iter().any(|word| KEY_OF.contains(&word.as_str()) || word == "generate" || word == "random"))
}

/// Whether a literal in the place of a credential only stands for one.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_lowercase();
    let distinct = value.bytes().filter(u8::is_ascii_alphanumeric).collect::<std::collections::BTreeSet<_>>().len();
    value.is_empty()
        || distinct == 0
        || (value.len() >= 3 && distinct == 1 && lower.starts_with('x'))
        || [('<', '>'), ('{', '}'), ('[', ']'), ('%', '%')]
            .iter()
            .any(|&(open, close)| value.starts_with(open) && value.ends_with(close))
        || value.starts_with("${")
        || value.starts_with("{{")
        || words(&lower).iter().any(|word| {
            matches!(
                word.as_str(),
                "your"
                    | "yours"
                    | "placeholder"
                    | "example"
                    | "changeme"
                    | "replace"
                    | "replaceme"
                    | "insert"
                    | "todo"
                    | "redacted"
                    | "dummy"
                    | "fixme"
            )
        })
        || lower.contains("change_me")
        || lower.contains("change-me")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_split_into_words() {
        let check = |identifier: &str, expected: &str| assert_eq!(words(identifier).join(" "), expected);
        check("apiKey", "api key");
        check("API_KEY", "api key");
        check("HTTPServer", "http server");
        check("db-password2", "db password2");
        check("", "");
        check("__x__", "x");
    }

    #[test]
    fn credentials_are_known_by_name() {
        for name in
            ["password", "DB_PASSWORD", "apiKey", "secret_key", "SECRET", "authToken", "private_key", "user_pwd"]
        {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "password_field",
            "tokenizer",
            "key",
            "keyboard",
            "token_type",
            "passenger",
            "compass",
            "primary_key",
            "password_length",
        ] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn placeholders_stand_for_credentials() {
        for value in ["", "your_password", "<password>", "xxx", "****", "${DB_PASSWORD}", "changeme", "YOUR-API-KEY"] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["password", "hunter2", "root", "s3cr3t!", "AKIA1234", "xyzzy"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn what_must_not_be_guessed_is_known_by_name() {
        for name in ["reset_token", "generate_password", "otp", "sessionId", "api_key", "generate_key"] {
            assert!(names_unguessable(name), "{name}");
        }
        for name in ["dice", "roll", "sample_rows", "monkey", "pinned", "shuffle_deck"] {
            assert!(!names_unguessable(name), "{name}");
        }
    }
}
