//! CWE-95: `eval` of arithmetic gives way to a walk over the expression that knows numbers and operators only.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId, Span};

const HELPER: &str = r#"def evaluate_arithmetic(expression, names=None):
    """Works out numbers with + - * / // % ** and parentheses; ValueError for anything else. Runs no code."""

    class NotArithmetic(SyntaxError, ValueError):
        """What is no expression at all: a SyntaxError, as before."""

    def power(left, right):
        if abs(right) > 1000 or isinstance(left, int) and left.bit_length() * abs(right) > 10000:
            raise ValueError("the exponent is too large")
        return left**right

    binary = {
        ast.Add: lambda left, right: left + right,
        ast.Sub: lambda left, right: left - right,
        ast.Mult: lambda left, right: left * right,
        ast.Div: lambda left, right: left / right,
        ast.FloorDiv: lambda left, right: left // right,
        ast.Mod: lambda left, right: left % right,
        ast.Pow: power,
    }

    def number(value):
        if type(value) not in (int, float) or isinstance(value, int) and value.bit_length() > 10000:
            raise ValueError("only numbers of limited size are accepted")
        return value

    def work_out(node):
        if isinstance(node, ast.Constant):
            return number(node.value)
        if isinstance(node, ast.Name) and node.id in (names or {}):
            return number(names[node.id])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
            value = work_out(node.operand)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp) and type(node.op) in binary:
            return number(binary[type(node.op)](work_out(node.left), work_out(node.right)))
        raise ValueError("only arithmetic is accepted")

    if len(expression) > 1000:
        raise ValueError("the expression is too long")
    try:
        return work_out(ast.parse(expression.strip(), mode="eval").body)
    except SyntaxError as problem:
        raise NotArithmetic(*problem.args) from None
    except (RecursionError, MemoryError):
        raise ValueError("the expression is too deep") from None
"#;

/// Words of a place where arithmetic is worked out.
const ARITHMETIC: &[&str] =
    &["equation", "expression", "formula", "calculat", "calc_", "arithmetic", "math", "spreadsheet"];

/// Words of a place where more than arithmetic is.
const MORE: &[&str] = &[
    "code",
    "script",
    "lambda",
    "command",
    "rule",
    "condition",
    "predicate",
    "callback",
    "filter",
    "boolean",
    "regex",
    "regular",
    "query",
    "xpath",
    "jsonpath",
    "dict",
    "list",
    "tuple",
    "numpy",
    "sympy",
    "import",
];

/// `eval(formula)` → `evaluate_arithmetic(formula)`, where what is around it speaks of arithmetic.
pub(super) fn eval(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let is_eval = |above: NodeId| tree.kind(above) == Kind::Call && context.callee_path(above) == "eval";
    let Some(call) = context.around(node, is_eval) else { return };
    let mut arguments = tree.children_in(call, Field::Argument);
    let Some(argument) = arguments.next() else { return };
    let dynamic = matches!(
        tree.kind(argument),
        Kind::Name | Kind::Attribute | Kind::Subscript | Kind::Call | Kind::Template | Kind::Binary
    );
    let statement = tree.statement(call);
    let function = tree.ancestors(call).find(|&above| tree.kind(above) == Kind::Function);
    let around = context.text(function.unwrap_or(statement)).to_ascii_lowercase();
    let near = [context.text(statement), function.map_or("", |function| context.name(function))];
    let near = near.concat().to_ascii_lowercase();
    let speaks = ARITHMETIC.iter().any(|word| around.contains(word));
    if !dynamic || !speaks || MORE.iter().any(|word| near.contains(word)) {
        return;
    }
    // What the names stand for: values only, since nothing is called.
    let mut names = Vec::new();
    for scope in arguments {
        match tree.kind(scope) {
            Kind::Name => names.push(format!("**{}", context.text(scope))),
            Kind::Null => {}
            Kind::Dict => {
                let empty = tree.children(scope).all(|pair| {
                    tree.child(pair, Field::Key).and_then(|key| context.string(key)).as_deref() == Some("__builtins__")
                });
                if !empty {
                    return;
                }
            }
            _ => return,
        }
    }
    let (ast, import) = context.module("ast");
    let Some(target) = tree.child(call, Field::Callee).filter(|_| ast == "ast") else { return };
    let mut draft = Draft::new(EditKind::SafeCallee, call, &[95], "work out arithmetic only, run no code")
        .replace(tree.span(target), "evaluate_arithmetic")
        .import(import)
        .helper("evaluate_arithmetic", HELPER.to_owned());
    let scopes: Vec<NodeId> = tree.children_in(call, Field::Argument).skip(1).collect();
    if let (Some(&first), Some(&last)) = (scopes.first(), scopes.last()) {
        let names = if names.is_empty() { "None".to_owned() } else { format!("{{{}}}", names.join(", ")) };
        draft = draft.replace(Span::new(tree.span(first).start as usize, tree.span(last).end as usize), names);
    }
    out.push(draft.finish());
}
