//! Paths, types and constants of small units.

use super::*;
use crate::program::{Limits, Program};
use crate::syntax::{Field, Kind};

fn parse(text: &str) -> Program {
    Program::parse(Language::Python, text, &Limits::default())
}

#[track_caller]
fn path(text: &str, expected: &str) {
    path_in(Language::Python, text, expected);
}

#[track_caller]
fn java(text: &str, expected: &str) {
    path_in(Language::Java, text, expected);
}

#[track_caller]
fn script(text: &str, expected: &str) {
    path_in(Language::JavaScript, text, expected);
}

/// The callee of the call that ends in `x)` must have this path (empty: none).
#[track_caller]
fn path_in(language: Language, text: &str, expected: &str) {
    let program = Program::parse(language, text, &Limits::default());
    let call = program
        .tree
        .ids()
        .filter(|&id| program.tree.kind(id) == Kind::Call)
        .find(|&id| program.tree.text(id, text).ends_with("x)"));
    let callee = call.and_then(|call| program.tree.child(call, Field::Callee)).expect("a call f(x)");
    assert_eq!(program.names.path(callee).unwrap_or_default(), expected, "{text}");
}

/// The value of the last assignment to `v` must fold to this.
#[track_caller]
fn folds(text: &str, expected: Option<Constant<'_>>) {
    let program = parse(text);
    let value = program.tree.ids().filter(|&id| program.tree.kind(id) == Kind::Assign).filter(|&id| {
        program.tree.child(id, Field::Target).is_some_and(|target| program.tree.text(target, text) == "v")
    });
    let value = value.last().and_then(|assign| program.tree.child(assign, Field::Value)).expect("v = …");
    assert_eq!(program.names.constant(value), expected, "{text}");
}

#[test]
fn imports_and_aliases() {
    path("import os\nos.system(x)", "os.system");
    path("import os as o\no.system(x)", "os.system");
    path("import os.path\nos.path.join(x)", "os.path.join");
    path("import xml.etree.ElementTree as ET\nET.parse(x)", "xml.etree.ElementTree.parse");
    path("from os import system as s\ns(x)", "os.system");
    path("from os import path\npath.join(x)", "os.path.join");
    path("from os import *\nsystem(x)", "os.system");
    path("from flask import *\nfrom os import *\nsystem(x)", "os.system");
    path("from . import db\ndb.run(x)", ".db.run");
    path("try:\n  import cPickle as pickle\nexcept ImportError:\n  import pickle\npickle.loads(x)", "cPickle.loads");
    path("try:\n  import yaml\nexcept ImportError:\n  yaml = None\ndef f(x):\n  return yaml.load(x)", "yaml.load");
    path("def f():\n  import os\n  os.system(x)", "os.system");
    path("def g(x):\n  s(x)\nimport os\ns = os.system", "os.system");
    path("import os\ns = os.system\ns(x)", "os.system");
    path("import os\na = os\nb = a.system\nb(x)", "os.system");
    path("import os\na, b = 1, os.system\nb(x)", "os.system");
    path(
        "import os\nclass A:\n  def __init__(self):\n    self.run = os.system\n  def f(self, x):\n    self.run(x)",
        "os.system",
    );
}

#[test]
fn indirect_names() {
    path("import os\ngetattr(os, 'sys' + 'tem')(x)", "os.system");
    path("import os\ngetattr(os, ''.join(['sys', 'tem']))(x)", "os.system");
    path("import os\nn = 'metsys'[::-1]\ngetattr(os, n)(x)", "os.system");
    path("__import__('os').system(x)", "os.system");
    path("__import__('o' 's').system(x)", "os.system");
    path("import importlib\nimportlib.import_module('os').system(x)", "os.system");
    path("from importlib import import_module as i\nm = i('os')\nm.system(x)", "os.system");
    path("import os\nos.__dict__['system'](x)", "os.system");
    path("import os\nvars(os)['system'](x)", "os.system");
    path("import sys, os\nsys.modules['os'].system(x)", "os.system");
    path("import os\nglobals()['os'].system(x)", "os.system");
    path("__builtins__.eval(x)", "eval");
    path("__builtins__['eval'](x)", "eval");
    path("import builtins as b\nb.eval(x)", "eval");
    path("getattr(__builtins__, 'eval')(x)", "eval");
    path("import os\n(s := os.system)(x)", "os.system");
    path("import os\nos.system.__call__(x)", "os.system");
    path("import os, functools\np = functools.partial(os.system)\np(x)", "os.system");
    path("import os, operator\noperator.attrgetter('system')(os)(x)", "os.system");
}

#[test]
fn names_without_a_meaning_stay_as_written() {
    path("cursor.execute(x)", "cursor.execute");
    path("def f(cursor):\n  cursor.execute(x)", "cursor.execute");
    path("self.db.execute(x)", "self.db.execute");
    path("import sqlite3\nc = sqlite3.connect('d')\nc.execute(x)", "c.execute");
    path("import sqlite3\nsqlite3.connect('d').cursor().execute(x)", "sqlite3.connect.cursor.execute");
    path("def f(os):\n  os.system(x)", "os.system");
    path("print(x)", "print");
    path("import os\ns = os.system\ndef f(s):\n  s(x)", "s");
    path("f()[0](x)", "");
    path("if a:\n  s = 1\nelse:\n  s = os.system\ns(x)", "s");
}

#[test]
fn the_last_definition_before_a_use_counts_where_it_is_certain() {
    path("import os\ns = print\ns = os.system\ns(x)", "os.system");
    folds("a = 'x'\na = 'y'\nv = a", Some(Constant::Text("y")));
    folds("a = 'x'\nif c:\n  a = b\nv = a", None);
    folds("def f(a):\n  a = 'x'\n  v = a", Some(Constant::Text("x")));
    folds("a = 'x'\nwhile c:\n  v = a\n  a = input()", None);
    folds("while c:\n  a = input()\n  a = 'x'\n  v = a", Some(Constant::Text("x")));
    folds("a = 'x'\na += b\nv = a", None);
    folds("a = 'x'\ndef f():\n  global a\n  a = input()\nv = a", None);
    folds("try:\n  a = 'x'\nexcept E:\n  a = b\nv = a", None);
    folds("for a in b: pass\nv = a", None);
}

#[test]
fn constants_fold() {
    let text = |text| Some(Constant::Text(text));
    folds("v = 'a' + \"b\" 'c'", text("abc"));
    folds("T = 'users'\nv = f'select * from {T} where {{x}}'", text("select * from users where {x}"));
    folds("v = 'a%s%%%d' % ('b', 3)", text("ab%3"));
    folds("v = 'a%s' % b", None);
    folds("v = '{} {1} {k}'.format('a', 'b', k=2)", text("a b 2"));
    folds("v = '{:>3}'.format('a')", None);
    folds("v = ', '.join(['a', 'b'])", text("a, b"));
    folds("v = ''.join(chr(c) for c in d)", None);
    folds("v = chr(101) + str(7)", text("e7"));
    folds("v = ' Ab '.strip().lower().replace('a', 'c')", text("cb"));
    folds("v = 'ab' * 2", text("abab"));
    folds("v = 'ab' * 99999999", None);
    folds("v = ''", text(""));
    folds("v = b'ab'.decode()", text("ab"));
    folds("v = 0o777 | 0x10", Some(Constant::Integer(0o777 | 0x10)));
    folds("v = 1_000 * -2", Some(Constant::Integer(-2_000)));
    folds("v = not True", Some(Constant::Bool(false)));
    folds("v = 1.5", Some(Constant::Float(1.5)));
    folds("v = None", Some(Constant::Null));
    folds("class A:\n  K = 'a'\n  def f(self):\n    v = self.K", text("a"));
    folds("class A:\n  K = 'a'\n  def f(self):\n    self.K = b\n    v = self.K", text("a").and(None));
    folds("class A:\n  K = 'a'\n  def f(self):\n    v = K", None);
    folds("v = f(x)", None);
}

#[test]
fn java_names_carry_their_classes() {
    java(
        "import java.util.Random; class A { int f() { Random r = new Random(); return r.nextInt(x); } }",
        "java.util.Random.nextInt",
    );
    java("int f() { return new java.util.Random().nextInt(x); }", "java.util.Random.nextInt");
    java("void f() { Runtime.getRuntime().exec(x); }", "java.lang.Runtime.exec");
    java("void f() { Runtime r = Runtime.getRuntime(); r.exec(x); }", "java.lang.Runtime.exec");
    java(
        "import java.sql.*; void f(Connection c) { c.createStatement().executeQuery(x); }",
        "java.sql.Statement.executeQuery",
    );
    java(
        "void f() { try (var s = DriverManager.getConnection(u).createStatement()) { s.execute(x); } }",
        "java.sql.Statement.execute",
    );
    java("class A { private Statement s; void f() { this.s.execute(x); } }", "java.sql.Statement.execute");
    java(
        "class A { private final Statement s; A(Statement s) { this.s = s; } void f() { s.execute(x); } }",
        "java.sql.Statement.execute",
    );
    java(
        "import jakarta.servlet.http.HttpServletRequest; void f(HttpServletRequest r) { r.getParameter(x); }",
        "javax.servlet.http.HttpServletRequest.getParameter",
    );
    java(
        "void f() { Statement s = null; try { s = c.createStatement(); } finally { } s.execute(x); }",
        "java.sql.Statement.execute",
    );
    java("import static java.lang.Math.max; void f() { max(x); }", "java.lang.Math.max");
    java("import my.Statement; void f(Statement s) { s.execute(x); }", "my.Statement.execute");
    java("void f(List<Statement> s) { s.add(x); }", "java.util.List.add");
    java("void f() { ((Statement) o).execute(x); }", "java.sql.Statement.execute");
    java("void f() { MessageDigest.getInstance(x); }", "java.security.MessageDigest.getInstance");
    java("void f() { helper(x); }", "helper");
}

#[test]
fn javascript_modules() {
    script("const cp = require('child_process'); cp.exec(x)", "child_process.exec");
    script("const { exec } = require('node:child_process'); exec(x)", "child_process.exec");
    script("const { exec: run } = require('child_process'); run(x)", "child_process.exec");
    script("import { exec as run } from 'child_process'; run(x)", "child_process.exec");
    script("import cp from 'node:child_process'; cp.exec(x)", "child_process.exec");
    script("import * as cp from 'child_process'; cp['ex' + 'ec'](x)", "child_process.exec");
    script("require('child_process').exec(x)", "child_process.exec");
    script("const run = require('util').promisify(require('child_process').exec); run(x)", "child_process.exec");
    script("const run = require('child_process').exec.bind(null); run(x)", "child_process.exec");
    script("const cp = await import('child_process'); cp.exec(x)", "child_process.exec");
    script("const cp = require('child_process'); (0, cp.exec)(x)", "child_process.exec");
    script("const fs = require('fs').promises; fs.readFile(x)", "fs.promises.readFile");
    script("const express = require('express'); const app = express(); app.get(x)", "app.get");
    script(
        "class A { constructor() { this.run = require('child_process').exec; } f() { this.run(x); } }",
        "child_process.exec",
    );
    script("const q = req.query; q.get(x)", "req.query.get");
    script("function f(exec) { exec(x) }", "exec");
    script("db?.query(x)", "db.query");
}

#[test]
fn java_and_javascript_constants_fold() {
    #[track_caller]
    fn check(language: Language, text: &str, expected: Option<&str>) {
        let program = Program::parse(language, text, &Limits::default());
        let call = program.tree.ids().find(|&id| program.tree.kind(id) == Kind::Call).expect("a call");
        let argument = program.tree.positional(call).next().expect("an argument");
        assert_eq!(program.names.text(argument), expected, "{text}");
    }
    check(Language::Java, "class A { static final String T = \"a\"; void f() { g(T + 1 + 'c'); } }", Some("a1c"));
    check(Language::Java, "void f(String a) { g(a + \"b\"); }", None);
    check(Language::JavaScript, "const t = 'a'; g(`${t}b${1}`)", Some("ab1"));
    check(Language::JavaScript, "let t = 'a'; if (c) t = d; g(t)", None);
    check(Language::JavaScript, "g('a'.concat('b', 1))", Some("ab1"));
}

#[test]
fn hostile_units_fold_in_bounded_space() {
    let doubling = (1..60).map(|at| format!("a{at} = a{} + a{}\n", at - 1, at - 1)).collect::<Vec<_>>().concat();
    let program = parse(&format!("a0 = 'xxxxxxxxxxxxxxxx'\n{doubling}v = a59"));
    assert!(program.names.arena.len() < 1 << 18);
    let chain = (1..5_000).map(|at| format!("a{at} = a{}\n", at - 1)).collect::<Vec<_>>().concat();
    assert_eq!(parse(&format!("{chain}a4999(x)")).names.bindings(), 4_999);
    let cycle = parse("a = b\nb = a\na(b)\na = a.b.c.d\na(x)");
    assert!(cycle.names.arena.len() < 1_000);
}

#[test]
fn types_of_locals() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let program = parse(text);
        let last = program.tree.ids().filter(|&id| matches!(program.tree.kind(id), Kind::Name | Kind::Attribute));
        let last = last.filter(|&id| program.tree.text(id, text).ends_with('q')).last().expect("a name q");
        assert_eq!(program.names.type_of(last).unwrap_or_default(), expected, "{text}");
    }
    check("import sqlite3\nq = sqlite3.connect('d')\nprint(q)", "sqlite3.connect");
    check("import sqlite3\nc = sqlite3.connect('d')\nq = c.cursor()\nq", "sqlite3.connect.cursor");
    check("import sqlite3\nwith sqlite3.connect('d') as q:\n  q", "sqlite3.connect");
    check("from flask import Flask\nq = Flask(__name__)\nq", "flask.Flask");
    check("from db import Cursor\ndef f(q: Cursor):\n  q", "db.Cursor");
    check("from typing import Optional\nfrom db import Cursor\ndef f(q: Optional[Cursor] = None):\n  q", "db.Cursor");
    check("import db\nclass A:\n  def __init__(self):\n    self.q = db.open()\n  def f(self):\n    self.q", "db.open");
    check("import db\nq = None\nif c:\n  q = db.open()\nq", "db.open");
    check("q = a\nq", "");
}
