//! What lowering makes of TypeScript.

use super::*;
use crate::lang::{Language, testing};
use crate::program::Program;

#[track_caller]
fn check(text: &str, expected: &str) {
    let program = Program::parse(Language::TypeScript, text, &Limits::default());
    assert!(!program.tree.has_errors(), "{text}");
    testing::check(Language::TypeScript, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    let grammar = Grammar::compile(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), ROWS, Escapes::JavaScript);
    assert_eq!(grammar.unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn types_of_variables_and_parameters() {
    check(
        "const a: string = b as any, c = <Foo>d!;\nfunction f(this: X, e: express.Request, g?: number, { h }: P = {}, ...i: string[]): void {}\n",
        "(Assign target:(Name a) type:(Type (Name string)) value:(Cast value:(Name b) type:(Type (Name any)))) (Assign target:(Name c) value:(Cast type:(Type (Name Foo)) value:(Name d))) (Function f parameter:(Parameter e type:(Type (Attribute Request object:(Name express)))) parameter:(Parameter g type:(Type (Name number))) parameter:(Parameter target:(Dict (Name h)) type:(Type (Name P)) default:(Dict)) parameter:(Parameter i type:(Type (Other))) type:(Type (Name void)) body:(Block))",
    );
}

#[test]
fn classes_with_decorators_and_modifiers() {
    check(
        "abstract class A<T> extends B<T> implements C {\n  private readonly x: number = 1;\n  constructor(private y: D) { super(); }\n  @Get(':id')\n  async m(@Param('id') id: string) { return id; }\n  abstract n(): void;\n}\n",
        "(Class A base:(Name B) base:(Name C) body:(Block (Assign target:(Name x) type:(Type (Name number)) value:(Number 1)) (Function constructor parameter:(Parameter y type:(Type (Name D))) body:(Block (ExprStatement value:(Call callee:(Name super))))) (Function m decorator:(Decorator value:(Call callee:(Name Get) argument:(String ':id'))) parameter:(Parameter id decorator:(Decorator value:(Call callee:(Name Param) argument:(String 'id'))) type:(Type (Name string))) body:(Block (Return value:(Name id))))))",
    );
}

#[test]
fn declarations_of_types_and_namespaces() {
    check(
        "interface I { a: string }\ntype T = { b: number } | null;\nenum E { A = 1, B }\nnamespace N { export const x = 1; }\ndeclare const y: any;\nimport fs = require('fs');\nimport type { Z } from 'z';\nf<string>(a?.b satisfies T);\n",
        "(Class I) (Class T) (Class E body:(Block (Assign target:(Name A) value:(Number 1)) (Assign target:(Name B)))) (Block (Assign target:(Name x) value:(Number 1))) (Import (ImportItem fs = fs)) (Import (ImportItem Z = z.Z)) (ExprStatement value:(Call callee:(Name f) argument:(Cast value:(Attribute b object:(Name a)) type:(Type (Name T)))))",
    );
}

#[test]
fn elements_and_generic_arrows() {
    check(
        "const v: JSX.Element = <a href={x as string}>y</a>;\n",
        "(Assign target:(Name v) type:(Type (Attribute Element object:(Name JSX))) value:(Other (Other a (Keyword href value:(Cast value:(Name x) type:(Type (Name string)))))))",
    );
    check(
        "const g = <T>(x: T) => x;\nconst s = '</p>';\n",
        "(Assign target:(Name g) value:(Lambda parameter:(Parameter x type:(Type (Name T))) body:(Name x))) (Assign target:(Name s) value:(String '</p>'))",
    );
}
