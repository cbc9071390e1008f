//! What lowering makes of PHP.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Php, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar("<?php").unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn code_and_pages() {
    check(
        r#"<?php
namespace A;
use B\C as D;
if ($a) { f($b, name: 2); } elseif ($c) echo "x $d[0]"; else throw new E('m');
foreach ($l as $k => $v) { $o->m($v)->n = [1, 'k' => 2]; }
?>
<p><?= $x ?></p>
"#,
        r"(Import (ImportItem D = B.C)) (If test:(Name $a) body:(Block (ExprStatement value:(Call callee:(Name f) argument:(Name $b) argument:(Keyword name value:(Number 2))))) else:(If test:(Name $c) body:(ExprStatement value:(Call callee:(Name echo) argument:(Template (Text x ) (Interpolation value:(Subscript object:(Name $d) index:(Number 0)))))) else:(Raise value:(New callee:(Name E) argument:(String 'm'))))) (For iter:(Name $l) target:(Name $k) target:(Name $v) body:(Block (Assign target:(Attribute n object:(Call callee:(Attribute m object:(Name $o)) argument:(Name $v))) value:(Dict (Number 1) (Pair key:(String 'k') value:(Number 2)))))) (ExprStatement value:(Call callee:(Name <?=) argument:(Name $x)))",
    );
}

#[test]
fn classes_without_a_tag() {
    check(
        r"class A extends B { private $p = 3; const K = 'x'; function m(string $q, $r = 1) { return $this->p ?? self::K . `ls $q`; } }
",
        r"(Class A base:(Name B) body:(Block (Assign target:(Name p) value:(Number 3)) (Assign target:(Name K) value:(String 'x')) (Function m parameter:(Parameter $q type:(Type (Name string))) parameter:(Parameter $r default:(Number 1)) body:(Block (Return value:(Boolean ?? left:(Attribute p object:(Name $this)) right:(Binary . left:(Attribute K object:(Name self)) right:(Call callee:(Name `) argument:(Template (Text ls ) (Interpolation value:(Name $q)))))))))))",
    );
}
