//! The prompts of the loop: the client's own messages, extended; the only texts in them that are ours are fixed.

use analyzers::lang::Language;
use serde_json::value::RawValue;

use super::message;
use crate::requirement::{self, RequirementId};

/// The client's messages with `more` appended to the last `user` message. `None` where there is none.
pub(super) fn extended(messages: &[Box<RawValue>], more: &str) -> Option<Vec<Box<RawValue>>> {
    let at = message::last_user(messages)?;
    let mut all = messages.to_vec();
    all[at] = message::appended(&messages[at], more)?;
    Some(all)
}

/// Asks for one corrected block: the client's messages, the answer so far, the block and what is demanded of it.
pub(super) fn block(
    messages: &[Box<RawValue>],
    answer: &str,
    code: &str,
    language: Language,
    demands: &str,
) -> Option<Vec<Box<RawValue>>> {
    let mut all = messages.to_vec();
    if !answer.trim().is_empty() {
        all.push(message::new("assistant", answer.trim_end())?);
    }
    let text = format!(
        "The next code block of the answer is not secure:\n\n{}{}\nReturn only the complete corrected block, as one fenced code block, with nothing before or after it. \
         Keep every name that the rest of the answer uses or defines, and everything that the block does.",
        fenced(code, language),
        demands,
    );
    all.push(message::new("user", &text)?);
    Some(all)
}

/// Asks for the prompt that leads to a program: the first half of the reverse form.
pub(super) fn describe(code: &str, language: Language) -> Option<Vec<Box<RawValue>>> {
    let text = format!(
        "Write the prompt that a developer would give to get exactly this program: what it is for, its names, inputs, outputs and errors, \
         and each measure by which it stays secure. No code, and no details of the implementation beyond that. Return only the prompt.\n\n{}",
        fenced(code, language),
    );
    Some(vec![message::new("user", &text)?])
}

/// The client's messages with the last `user` message replaced by a description and the requirements.
pub(super) fn described(
    messages: &[Box<RawValue>],
    description: &str,
    ids: &[RequirementId],
) -> Option<Vec<Box<RawValue>>> {
    let at = message::last_user(messages)?;
    let mut all = messages.to_vec();
    all[at] = message::replaced(&messages[at], &format!("{}{}", description.trim(), requirement::text(ids)))?;
    Some(all)
}

/// Code in a fence that it cannot close.
pub(super) fn fenced(code: &str, language: Language) -> String {
    let longest = code.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if code.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{}\n{code}{end}{fence}\n", language.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::message::from_json;

    fn shown(messages: Option<Vec<Box<RawValue>>>) -> String {
        messages.map_or_else(
            || "none".to_owned(),
            |messages| messages.iter().map(|message| message.to_string() + "\n").collect(),
        )
    }

    const IDS: &[RequirementId] = &[RequirementId("debug"), RequirementId("yaml")];

    #[test]
    fn the_users_words_are_kept_and_the_conversation_too() {
        let messages: Vec<_> = [
            r#"{"role":"system","content":"s","n":1e-7}"#,
            r#"{"role":"user","content":"Write a server"}"#,
            r#"{"role":"assistant","content":null,"tool_calls":[]}"#,
            r#"{"role":"tool","content":"t"}"#,
        ]
        .map(from_json)
        .into();
        insta::assert_snapshot!(shown(extended(&messages, &requirement::text(IDS))), @r#"
        {"role":"system","content":"s","n":1e-7}
        {"role":"user","content":"Write a server\n\nSecurity requirements for the code:\n- Never switch on debug mode or a debugger in a server.\n- Read YAML with a safe loader only (yaml.safe_load in Python), never with one that builds objects.\n"}
        {"role":"assistant","content":null,"tool_calls":[]}
        {"role":"tool","content":"t"}
        "#);
        assert_eq!(shown(extended(&messages[..1], "")), "none");
        insta::assert_snapshot!(shown(described(&messages[..2], " A server. ", &IDS[..1])), @r#"
        {"role":"system","content":"s","n":1e-7}
        {"role":"user","content":"A server.\n\nSecurity requirements for the code:\n- Never switch on debug mode or a debugger in a server.\n"}
        "#);
    }

    #[test]
    fn a_block_is_asked_for_alone() {
        let messages = vec![from_json(r#"{"role":"user","content":"Write a server"}"#)];
        insta::assert_snapshot!(shown(block(&messages, "Here:\n", "app.run(debug=True)\n", Language::Python, &requirement::text(&IDS[..1]))), @r#"
        {"role":"user","content":"Write a server"}
        {"role":"assistant","content":"Here:"}
        {"role":"user","content":"The next code block of the answer is not secure:\n\n```python\napp.run(debug=True)\n```\n\n\nSecurity requirements for the code:\n- Never switch on debug mode or a debugger in a server.\n\nReturn only the complete corrected block, as one fenced code block, with nothing before or after it. Keep every name that the rest of the answer uses or defines, and everything that the block does."}
        "#);
        assert_eq!(block(&messages, " \n", "x", Language::Python, "").map(|all| all.len()), Some(2));
    }

    #[test]
    fn code_cannot_close_its_fence() {
        assert_eq!(fenced("x", Language::Python), "```python\nx\n```\n");
        assert_eq!(fenced("'''\n````\n'''\n", Language::Python), "`````python\n'''\n````\n'''\n`````\n");
    }
}
