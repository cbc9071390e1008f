//! CWE-95: text that is data or arithmetic is read as that; never text that may be any code.

use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::parts::{Part, parts};
use crate::rewrite::braces::typed;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const HELPER: &str = r#"function evaluateArithmetic(text) {
  const tokens = String(text).match(/\d+(?:\.\d+)?|\*\*|[-+*/%()]|\S/g) || [];
  let at = 0;
  let depth = 0;
  const refuse = () => {
    throw new SyntaxError("not an arithmetic expression");
  };
  const operand = () => {
    const token = tokens[at++];
    depth += 1;
    if (depth > 200) {
      refuse();
    }
    let value = NaN;
    if (token === "(") {
      value = sum();
      if (tokens[at++] !== ")") {
        refuse();
      }
    } else if (token === "-") {
      value = -operand();
    } else if (token === "+") {
      value = operand();
    } else if (/^\d/.test(token)) {
      value = Number(token);
    } else {
      refuse();
    }
    depth -= 1;
    return value;
  };
  const power = () => {
    const base = operand();
    if (tokens[at] !== "**") {
      return base;
    }
    at += 1;
    depth += 1;
    const exponent = power();
    depth -= 1;
    return base ** exponent;
  };
  const product = () => {
    let value = power();
    while (tokens[at] === "*" || tokens[at] === "/" || tokens[at] === "%") {
      const operator = tokens[at++];
      const right = power();
      value = operator === "*" ? value * right : operator === "/" ? value / right : value % right;
    }
    return value;
  };
  const sum = () => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") {
      const operator = tokens[at++];
      const right = product();
      value = operator === "+" ? value + right : value - right;
    }
    return value;
  };
  const result = sum();
  if (at < tokens.length) {
    refuse();
  }
  return result;
}
"#;

/// Words of a place where arithmetic is.
const ARITHMETIC: &[&str] = &["calc", "arithmetic", "formula", "equation", "math", "sum"];
/// Words of a place where more is.
const MORE: &[&str] = &["code", "script", "lambda", "command", "rule", "condition", "function(", "callback", "regex"];

/// `eval("(" + text + ")")` and `new Function("return " + text)()` → `JSON.parse(text)`; `eval(expression)` of a
/// calculator → `evaluateArithmetic(expression)`.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, node));
}

fn edit(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let path = context.callee_path(node);
    let body = tree.positional(node).next().filter(|_| tree.positional(node).count() == 1)?;
    // `Function(…)()` runs what it makes on the spot.
    let whole = match path {
        "eval" => node,
        "Function" => tree.parent(node).filter(|&call| {
            tree.kind(call) == Kind::Call && tree.field(node) == Field::Callee && tree.positional(call).next().is_none()
        })?,
        _ => return None,
    };
    let value = match (path, parts(context.program, body).as_deref()) {
        (_, Some([Part::Text(open), Part::Value(value), Part::Text(close)])) => {
            let open = open.trim();
            let known = if path == "eval" { open == "(" } else { matches!(open, "return (" | "return(") };
            (known && matches!(close.trim(), ")" | ");")).then_some(*value)
        }
        ("Function", Some([Part::Text(open), Part::Value(value)])) if open.trim() == "return" => Some(*value),
        _ => None,
    };
    let near = near(context, node);
    let says = |words: &[&str]| words.iter().any(|word| near.contains(word));
    let arithmetic = says(ARITHMETIC) && !says(MORE);
    let draft = Draft::new(EditKind::SafeCallee, node, &[95], "read the text as what it is, without running it");
    let simple =
        |value: NodeId| matches!(tree.kind(value), Kind::Name | Kind::Attribute | Kind::Subscript | Kind::Call);
    if arithmetic {
        let value = value.or(Some(body)).filter(|&value| simple(value))?;
        let helper = typed(
            context,
            HELPER,
            &[
                ("evaluateArithmetic(text)", "evaluateArithmetic(text: unknown): number"),
                ("const tokens = ", "const tokens: string[] = "),
                ("const refuse = ()", "const refuse = (): never"),
                ("const operand = ()", "const operand = (): number"),
                ("const power = ()", "const power = (): number"),
                ("const product = ()", "const product = (): number"),
                ("const sum = ()", "const sum = (): number"),
            ],
        );
        let text = format!("evaluateArithmetic({})", context.text(value));
        return Some(draft.replace(tree.span(whole), text).helper("evaluateArithmetic", helper).finish());
    }
    let value = value.filter(|&value| simple(value))?;
    Some(draft.replace(tree.span(whole), format!("JSON.parse({})", context.text(value))).finish())
}

/// What the code around says, in small letters: the statement, the function's name, the route.
fn near(context: Context<'_>, node: NodeId) -> String {
    let tree = context.tree();
    let function = tree.ancestors(node).find(|&above| matches!(tree.kind(above), Kind::Function | Kind::Lambda));
    let named = function.map_or("", |function| context.name(function));
    let route = function
        .and_then(|function| tree.parent(function))
        .filter(|&call| tree.kind(call) == Kind::Call)
        .and_then(|call| tree.positional(call).next())
        .filter(|&route| tree.kind(route) == Kind::String)
        .map_or("", |route| context.text(route));
    let expression = if context.text(tree.statement(node)).contains("expression") { " formula" } else { "" };
    [context.text(tree.statement(node)), " ", named, " ", route, expression].concat().to_ascii_lowercase()
}
