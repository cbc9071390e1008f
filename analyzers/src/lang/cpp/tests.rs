use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::NodeId;

#[track_caller]
fn check(code: &str, expected: &str) {
    let program = Program::parse(Language::Cpp, code, &Limits::default());
    assert_eq!(program.tree.outline(NodeId::ROOT, &program.text), expected, "{code}");
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(super::grammar().unknown(super::ROWS), Vec::<&str>::new());
}

#[test]
fn variables() {
    check(
        "std::string s(argv[1]); std::vector<char> v{1}; auto x = std::make_unique<Foo>(3); const std::string &r = a::b<int>::c;",
        "(Module (Assign type:(Type (Attribute string object:(Name std))) target:(Name s) value:(New argument:(Subscript object:(Name argv) index:(Number 1)))) (Assign type:(Type (Attribute vector object:(Name std))) target:(Name v) value:(List (Number 1))) (Assign type:(Type (Name auto)) target:(Name x) value:(Call callee:(Attribute make_unique object:(Name std)) argument:(Number 3))) (Assign type:(Type (Attribute string object:(Name std))) target:(Name r) value:(Attribute c object:(Attribute b object:(Name a)))))",
    );
}

#[test]
fn classes() {
    check(
        "class A : public B<int>, private C { public: A(int x) : m_x(x), y{2} {} virtual ~A(); int get() const { return m_x; } private: int m_x = 0; char buf[10]; };",
        "(Module (Class A base:(Name B) base:(Name C) body:(Block (Function A parameter:(Parameter x type:(Type (Name int))) (Other (Name m_x) (Name x)) (Other (Name y) (List (Number 2))) body:(Block)) (Other) (Function get type:(Type (Name int)) body:(Block (Return value:(Name m_x)))) (Assign type:(Type (Name int)) target:(Name m_x) value:(Number 0)) (Assign type:(Type (Name char)) target:(Name buf) index:(Number 10)))))",
    );
}

#[test]
fn namespaces_and_construction() {
    check(
        "namespace a { void A::run(std::string cmd, int n = 3) { std::string c(cmd); std::system(c.c_str()); } }",
        "(Module (Function run type:(Type (Name void)) parameter:(Parameter cmd type:(Type (Attribute string object:(Name std)))) parameter:(Parameter n type:(Type (Name int)) default:(Number 3)) body:(Block (Assign type:(Type (Attribute string object:(Name std))) target:(Name c) value:(New argument:(Name cmd))) (ExprStatement value:(Call callee:(Attribute system object:(Name std)) argument:(Call callee:(Attribute c_str object:(Name c))))))))",
    );
}

#[test]
fn memory_and_exceptions() {
    check(
        "void f() { int *p = new int[n]; delete[] p; delete q; A *a = new A(1, 2); try { g(); } catch (const std::exception &e) { h(e); } catch (...) { throw; } }",
        "(Module (Function f type:(Type (Name void)) body:(Block (Assign type:(Type (Name int)) target:(Name p) value:(New callee:(Name int) index:(Name n))) (Delete value:(Name p)) (Delete value:(Name q)) (Assign type:(Type (Name A)) target:(Name a) value:(New callee:(Name A) argument:(Number 1) argument:(Number 2))) (Try body:(Block (ExprStatement value:(Call callee:(Name g)))) handler:(Handler type:(Type (Attribute exception object:(Name std))) target:(Name e) body:(Block (ExprStatement value:(Call callee:(Name h) argument:(Name e))))) handler:(Handler body:(Block (Raise)))))))",
    );
}

#[test]
fn loops_streams_and_casts() {
    check(
        "void f() { for (auto &x : xs) { std::cin >> x >> y; std::cout << x << std::endl; } if (int n = g(); n > 0) {} auto l = [&](int a) { return a; }; y = static_cast<int>(x) + int(z); }",
        "(Module (Function f type:(Type (Name void)) body:(Block (For type:(Type (Name auto)) target:(Name x) iter:(Name xs) body:(Block (ExprStatement value:(Binary >> left:(Binary >> left:(Attribute cin object:(Name std)) right:(Name x)) right:(Name y))) (ExprStatement value:(Binary << left:(Binary << left:(Attribute cout object:(Name std)) right:(Name x)) right:(Attribute endl object:(Name std)))))) (If init:(Assign type:(Type (Name int)) target:(Name n) value:(Call callee:(Name g))) test:(Compare > left:(Name n) right:(Number 0)) body:(Block)) (Assign type:(Type (Name auto)) target:(Name l) value:(Lambda parameter:(Parameter a type:(Type (Name int))) body:(Block (Return value:(Name a))))) (Assign target:(Name y) value:(Binary + left:(Cast type:(Type (Name int)) value:(Name x)) right:(Cast type:(Type (Name int)) value:(Name z)))))))",
    );
}

#[test]
fn names_of_other_names() {
    check(
        "using std::string; using namespace std; using T = unsigned char; namespace fs = std::filesystem; template<typename T> T max(T a, T b) { return a; } auto r = R\"x(a\\n\"b)x\"; auto [a, b] = f(); obj->get<int>(1);",
        "(Module (Import (ImportItem string = std.string)) (Assign target:(Name T) value:(Name unsigned char)) (Assign target:(Name fs) value:(Attribute filesystem object:(Name std))) (Function max type:(Type (Name T)) parameter:(Parameter a type:(Type (Name T))) parameter:(Parameter b type:(Type (Name T))) body:(Block (Return value:(Name a)))) (Assign type:(Type (Name auto)) target:(Name r) value:(String R\"x(a\\n\"b)x\")) (Assign type:(Type (Name auto)) target:(Tuple (Name a) (Name b)) value:(Call callee:(Name f))) (ExprStatement value:(Call callee:(Attribute get object:(Name obj)) argument:(Number 1))))",
    );
}
