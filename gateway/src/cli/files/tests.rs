//! Which files a command line names.

use super::*;

/// A folder with files: path and text.
fn folder(files: &[(&str, &str)]) -> std::io::Result<tempfile::TempDir> {
    let root = tempfile::tempdir()?;
    for (file, text) in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap_or(root.path()))?;
        std::fs::write(path, text)?;
    }
    Ok(root)
}

/// Names of what is found below a folder, relative to it.
fn names(root: &Path, language: Option<Language>, ignore: bool, exclude: &[&str]) -> Vec<String> {
    let paths = [root.to_owned()];
    let exclude: Vec<String> = exclude.iter().map(ToString::to_string).collect();
    let found = find(&Wanted { ignore, exclude: &exclude, ..Wanted::new(&paths, language) });
    assert_eq!(found.problems, Vec::<String>::new());
    let relative = |source: &Source| Some(source.path.as_ref()?.strip_prefix(root).ok()?.display().to_string());
    found.sources.iter().filter_map(relative).collect()
}

const TOOL: &str = "#!/usr/bin/env python3\nimport sys\n";

#[test]
fn a_directory_is_walked_without_foreign_code() -> std::io::Result<()> {
    let files = ["a.py", "sub/B.java", "sub/c.txt", "node_modules/d.js", ".git/e.py", "sub/deep/f.mjs"];
    let root = folder(&files.map(|file| (file, "")))?;
    assert_eq!(names(root.path(), None, true, &[]), ["a.py", "sub/B.java", "sub/deep/f.mjs"]);
    assert_eq!(names(root.path(), Some(Language::Java), true, &[]), ["sub/B.java"]);
    let all = names(root.path(), None, false, &[]);
    assert_eq!(all, ["a.py", "node_modules/d.js", "sub/B.java", "sub/deep/f.mjs"]);
    Ok(())
}

#[test]
fn ignore_files_and_globs_leave_out() -> std::io::Result<()> {
    let root = folder(&[
        (".gitignore", "gen/\n*.min.js\n"),
        ("sub/.sallyportignore", "old.py\n"),
        ("gen/a.py", ""),
        ("b.min.js", ""),
        ("b.js", ""),
        ("old.py", ""),
        ("sub/old.py", ""),
        ("sub/new.py", ""),
    ])?;
    assert_eq!(names(root.path(), None, true, &[]), ["b.js", "old.py", "sub/new.py"]);
    assert_eq!(names(root.path(), None, true, &["**/sub/**", "*.js"]), ["old.py"]);
    let globs = ["*.js".to_owned()];
    let named = [root.path().join("b.js"), root.path().join("b.min.js")];
    let mut wanted = Wanted::new(&named, None);
    assert_eq!(find(&wanted).sources.len(), 2, "what is named is read");
    wanted.exclude = &globs;
    assert_eq!(find(&wanted).sources.len(), 0, "unless a glob says otherwise");
    Ok(())
}

#[test]
fn the_language_shows_in_the_content() -> std::io::Result<()> {
    let root = folder(&[
        ("tool", TOOL),
        ("LICENSE", "Permission is hereby granted, free of charge, to any person.\n"),
        ("Makefile", "all:\n\tcc -o x x.c\n"),
        ("run.pl", "#!/usr/bin/perl\nimport os\n"),
        ("data", "\u{0}\u{1}"),
        ("wrong.js", TOOL),
    ])?;
    let paths = [root.path().to_owned()];
    let found = find(&Wanted::new(&paths, None));
    let read: Vec<_> = found
        .sources
        .iter()
        .map(|source| (source.name().rsplit('/').next().unwrap_or_default(), source.program(LONGEST_FILE)))
        .map(|(name, program)| (name, program.map(|program| program.language)))
        .collect();
    assert_eq!(read, [("tool", Ok(Language::Python)), ("wrong.js", Ok(Language::Python))]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() -> std::io::Result<()> {
    let root = folder(&[("a/b.py", ""), ("c.py", "")])?;
    std::os::unix::fs::symlink(root.path(), root.path().join("a/loop"))?;
    std::os::unix::fs::symlink(root.path().join("c.py"), root.path().join("d.py"))?;
    assert_eq!(names(root.path(), None, true, &[]), ["a/b.py", "c.py"]);
    Ok(())
}

#[test]
fn what_cannot_be_read_is_said() -> std::io::Result<()> {
    assert_eq!(find(&Wanted::new(&["/nonexistent/file.py".into()], None)).problems.len(), 1);
    let root = folder(&[("long.py", "x = 1\n"), ("notes.txt", "hello\n")])?;
    std::fs::write(root.path().join("latin.py"), b"# caf\xe9\n")?;
    let paths = [root.path().to_owned()];
    let found = find(&Wanted::new(&paths, None));
    let read = |source: &Source| source.program(4).map(|_| ());
    let [latin, long] = found.sources.as_slice() else { return Err(std::io::Error::other("two files are there")) };
    assert_eq!(read(long), Err("longer than 4 bytes".to_owned()));
    assert!(latin.program(LONGEST_FILE).is_err_and(|error| error.contains("UTF-8")));
    let notes = [root.path().join("notes.txt")];
    let mut wanted = Wanted::new(&notes, None);
    assert_eq!(find(&wanted).problems.len(), 1);
    wanted.skip_unknown = true;
    assert_eq!(find(&wanted).problems.len(), 0);
    let globs = ["[".to_owned()];
    wanted.exclude = &globs;
    assert!(find(&wanted).problems.iter().any(|problem| problem.contains("--exclude")));
    Ok(())
}

#[test]
fn results_keep_the_order_of_the_items() {
    let items: Vec<usize> = (0..1_000).collect();
    assert_eq!(in_parallel(&items, 3, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
}

#[test]
fn names_cannot_steer_a_terminal() {
    assert_eq!(spelled(Path::new("./a/\u{1b}[2Jb.py")), "a/\u{fffd}[2Jb.py");
    assert_eq!(spelled(Path::new(".")), ".");
}
