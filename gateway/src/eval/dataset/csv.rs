//! CSV as RFC 4180 has it: a header line, quoted fields with doubled quotes and line breaks.

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

/// The records of a file, as objects of strings.
pub(super) fn records(text: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
    let mut rows = rows(text.trim_start_matches('\u{feff}'))?.into_iter();
    let names = rows.next().context("no header line")?;
    let object = |row: Vec<String>| -> Map<String, Value> {
        names.iter().map(|name| name.trim().to_owned()).zip(row.into_iter().map(Value::String)).collect()
    };
    Ok(rows.map(object).collect())
}

fn rows(text: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            _ if quoted => field.push(character),
            '"' if field.is_empty() => quoted = true,
            ',' => row.push(std::mem::take(&mut field)),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    if quoted {
        bail!("a quoted field does not end");
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn fields_are_read_as_the_rfc_has_them() {
        let check = |text: &str, expected: &[&[&str]]| {
            assert_eq!(rows(text).expect("read"), expected, "{text:?}");
        };
        check("a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]);
        check("a,b\r\n1,", &[&["a", "b"], &["1", ""]]);
        check("a\n\"x\ny, \"\"z\"\"\"\n\n", &[&["a"], &["x\ny, \"z\""]]);
        check("a\nit\"s\n", &[&["a"], &["it\"s"]]);
        check("", &[]);
        assert!(rows("a\n\"x").is_err());
    }
}
