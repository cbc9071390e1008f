//! What lowering makes of Ruby.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Ruby, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn calls_and_blocks() {
    check(
        r#"class A < B
  def show(id, name: nil, *rest)
    @user = User.where("n = '#{params[:name]}'").first unless id
    system 'ls', out: 1
    list.each { |z| z.eval(q) }
  end
end
"#,
        r"(Class A base:(Name B) body:(Block (Function show parameter:(Parameter id) parameter:(Parameter name default:(Null)) parameter:(Parameter rest) body:(Block (If body:(Assign target:(Name @user) value:(Call callee:(Attribute first object:(Call callee:(Attribute where object:(Name User)) argument:(Template (Text n = ') (Interpolation value:(Subscript object:(Name params) index:(String :name))) (Text ')))))) test:(Name id)) (ExprStatement value:(Call callee:(Name system) argument:(String 'ls') argument:(Keyword out value:(Number 1)))) (ExprStatement value:(Call callee:(Attribute each object:(Name list)) argument:(Lambda parameter:(Parameter z) body:(Block (ExprStatement value:(Call callee:(Attribute eval object:(Name z)) argument:(Name q)))))))))))",
    );
}

#[test]
fn statements() {
    check(
        r"begin
  `cat #{f}`
rescue E => e
  raise 'x'
ensure
  done(:a)
end
x = { a: 1, 'b' => [2] }
",
        r"(Try body:(ExprStatement value:(Call callee:(Name `) argument:(Template (Text cat ) (Interpolation value:(Name f))))) handler:(Handler type:(Type (Name E)) target:(Name e) body:(Block (ExprStatement value:(Call callee:(Name raise) argument:(String 'x'))))) finally:(ExprStatement value:(Call callee:(Name done) argument:(String :a)))) (Assign target:(Name x) value:(Dict (Pair key:(String a) value:(Number 1)) (Pair key:(String 'b') value:(List (Number 2)))))",
    );
}

#[test]
fn here_documents_stand_where_they_are_used() {
    check(
        r"db.execute(<<~SQL, 1)
  SELECT #{a}
SQL
x = <<-'B'.strip
  plain
B
",
        "(ExprStatement value:(Call callee:(Attribute execute object:(Name db)) argument:(Template (Text \n  SELECT ) (Interpolation value:(Name a)) (Text \n)) argument:(Number 1))) (Assign target:(Name x) value:(Call callee:(Attribute strip object:(String \n  plain\nB))))",
    );
    check(
        "x = %x(ls #{a})\n",
        "(Assign target:(Name x) value:(Call callee:(Name %x) argument:(Template (Text ls ) (Interpolation value:(Name a)))))",
    );
}
