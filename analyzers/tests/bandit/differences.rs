//! Where findings differ from Bandit's on purpose, with the reason; and what Bandit's tests assume of its configuration.

/// Findings of one test in one file, made or not made on purpose.
pub(crate) struct Difference {
    /// The test.
    pub(crate) id: &'static str,
    /// The example.
    pub(crate) file: &'static str,
    /// Lines, as Bandit counts them.
    pub(crate) lines: &'static [u32],
    /// Why.
    pub(crate) reason: &'static str,
}

/// Every deliberate difference.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        id: "B404",
        file: "imports-from.py",
        lines: &[6, 7],
        reason: "a relative import is a module of the program's own",
    },
    Difference {
        id: "B703",
        file: "mark_safe_secure.py",
        lines: &[38, 39, 49],
        reason: "the text is put together from constants alone",
    },
    Difference {
        id: "B703",
        file: "mark_safe_insecure.py",
        lines: &[149],
        reason: "the only value that the module gives the name is a constant",
    },
];

/// Why severity and confidence are not compared one by one: they are printed, as the number of findings that agree.
pub(crate) const LEVELS: &str = "Bandit gives every finding of a test the same levels; here they depend on what reaches \
                                 the place and what the value is for, and reminders are low.";

/// Functional tests of Bandit that run with settings of their own: test, findings under these settings, the setting.
pub(crate) const CONFIGURED: &[(&str, u64, &str)] = &[
    ("test_asserts", 0, "the file's name is among those that are skipped"),
    ("test_django_xss_insecure", 29, "without B308"),
    ("test_django_xss_secure", 0, "without B308"),
    ("test_markupsafe_markup_xss_allowed_calls", 1, "`bleach.clean` is allowed"),
    ("test_markupsafe_markup_xss_extend_markup_names", 2, "`webhelpers.html.literal` is added"),
    ("test_try_except_continue", 3, "typed exceptions are checked as well"),
    ("test_try_except_pass", 3, "typed exceptions are checked as well"),
];
