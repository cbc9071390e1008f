//! A light stemmer for English words in requests; never leaves fewer than three letters.

/// The stem of a lower-case word.
pub(super) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    if !word.is_ascii() || word.len() < 4 || word.bytes().any(|byte| !byte.is_ascii_lowercase()) {
        return stem;
    }
    if let Some(head) = stem.strip_suffix("ies").filter(|head| head.len() > 2) {
        stem = format!("{head}y");
    } else if stem.ends_with('s') && !stem.ends_with("ss") && !stem.ends_with("us") && !stem.ends_with("is") {
        stem.pop();
    }
    for suffix in ["ing", "ed", "ion", "er", "or", "able", "ment"] {
        if let Some(head) =
            stem.strip_suffix(suffix).filter(|head| head.len() > 3 || (suffix.len() > 2 && head.len() > 2))
        {
            stem = head.to_owned();
            break;
        }
    }
    if let Some(head) = stem.strip_suffix('e').filter(|head| head.len() > 2) {
        stem = head.to_owned();
    }
    if let Some(head) = stem.strip_suffix("at").filter(|head| head.len() > 4) {
        stem = head.to_owned();
    }
    let bytes = stem.as_bytes();
    if bytes.len() > 3
        && bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
        && !b"aeiouls".contains(&bytes[bytes.len() - 1])
    {
        stem.pop();
    }
    if let Some(head) = stem.strip_suffix('i').filter(|head| head.len() > 2) {
        stem = format!("{head}y");
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_a_word_fall_together() {
        for forms in [
            &["store", "stores", "stored", "storing"][..],
            &["run", "runs", "running"],
            &["query", "queries", "queried"],
            &["hash", "hashes", "hashed", "hashing"],
            &["validate", "validates", "validation", "validated", "validating"],
            &["calculate", "calculator", "calculation"],
            &["parse", "parser", "parsing"],
            &["encrypt", "encrypted", "encryption", "encrypts"],
            &["delete", "deletes", "deleting", "deletion"],
            &["upload", "uploads", "uploaded", "uploading"],
        ] {
            assert!(forms.iter().all(|form| stem(form) == stem(forms[0])), "{:?}", forms.map_stems());
        }
        assert_ne!(stem("user"), stem("use"));
        assert_eq!(stem("is"), "is");
    }

    trait MapStems {
        fn map_stems(&self) -> Vec<String>;
    }

    impl MapStems for &[&str] {
        fn map_stems(&self) -> Vec<String> {
            self.iter().map(|form| stem(form)).collect()
        }
    }
}
