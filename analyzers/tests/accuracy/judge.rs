//! What the analyzer says of a sample, held against what its origin says.

use analyzers::cwe::related;
use analyzers::finding::{Class, Finding};
use analyzers::program::{Limits, Program};
use analyzers::scan;

use crate::corpus::{Alert, Sample};

/// One sample judged.
pub(crate) struct Verdict {
    /// Expected alerts.
    pub(crate) expected: usize,
    /// Expected alerts without a finding.
    pub(crate) missed: Vec<Alert>,
    /// Findings that stand where an alert is expected.
    pub(crate) right: usize,
    /// Line, rule and CWE of findings of a weakness that was looked for, where no alert is expected.
    pub(crate) alarms: Vec<(u32, &'static str, &'static [u16])>,
}

/// Sums over samples.
#[derive(Default)]
pub(crate) struct Tally {
    expected: usize,
    found: usize,
    right: usize,
    alarms: usize,
}

impl Tally {
    /// Adds a sample.
    pub(crate) fn add(&mut self, verdict: &Verdict) {
        self.expected += verdict.expected;
        self.found += verdict.expected - verdict.missed.len();
        self.right += verdict.right;
        self.alarms += verdict.alarms.len();
    }

    /// Share of the expected alerts that were found.
    pub(crate) fn share(&self) -> f64 {
        self.found as f64 / self.expected.max(1) as f64
    }

    /// Share of the judged findings that are right.
    pub(crate) fn precision_of(&self) -> f64 {
        self.right as f64 / (self.right + self.alarms).max(1) as f64
    }

    /// For the table.
    pub(crate) fn recall(&self) -> String {
        format!("{}/{} {:.3}", self.found, self.expected, self.share())
    }

    /// For the table.
    pub(crate) fn precision(&self) -> String {
        format!("{}/{} {:.3}", self.right, self.right + self.alarms, self.precision_of())
    }

    /// For the table.
    pub(crate) fn recall_share(&self) -> String {
        format!("{:.3}", self.share())
    }

    /// For the table.
    pub(crate) fn precision_share(&self) -> String {
        format!("{:.3}", self.precision_of())
    }
}

struct Found<'a> {
    finding: &'a Finding,
    first: u32,
    last: u32,
    /// Lines of the data flow that the finding tells.
    trace: Vec<u32>,
}

impl Found<'_> {
    /// A finding answers an alert on the same line, on a line of the same flow, or anywhere where no line is given.
    fn answers(&self, alert: &Alert) -> bool {
        let named = alert.cwe.is_empty()
            || alert.cwe.iter().any(|&left| self.finding.cwe.iter().any(|&right| related(left, right)));
        let on = |line: u32| self.first <= line && line <= self.last;
        named
            && alert
                .line
                .is_none_or(|line| on(line) || self.trace.contains(&line) || alert.flow.iter().any(|&at| on(at)))
    }
}

/// Analyses a sample. Recall counts both classes where the labels are those of patterns (windows, Bandit's tests), else
/// issues alone; precision always counts issues alone.
pub(crate) fn judge(sample: &Sample) -> Verdict {
    let program = Program::parse(sample.language, sample.code.as_str(), &Limits::default());
    let analysis = scan::analyse(&program);
    let starts: Vec<usize> = std::iter::once(0).chain(sample.code.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line = |byte: u32| starts.partition_point(|&start| start <= byte as usize) as u32;
    let counted = |finding: &&Finding| sample.patterns || finding.class == Class::Issue;
    let found: Vec<Found<'_>> = analysis
        .findings
        .iter()
        .filter(counted)
        .map(|finding| {
            let first = line(finding.span.start);
            let last = line(finding.span.end.saturating_sub(1)).clamp(first, first + 8);
            let trace = finding.trace.iter().map(|step| line(step.span.start)).collect();
            Found { finding, first, last, trace }
        })
        .collect();
    let missed =
        sample.alerts.iter().filter(|alert| !found.iter().any(|found| found.answers(alert))).cloned().collect();
    let (mut right, mut alarms) = (0, Vec::new());
    for found in found.iter().filter(|found| sample.window || found.finding.class == Class::Issue) {
        let looked_for =
            sample.looked_for.iter().any(|&left| found.finding.cwe.iter().any(|&right| related(left, right)));
        if sample.alerts.iter().any(|alert| found.answers(alert)) {
            right += 1;
        } else if looked_for && !sample.doubtful.iter().any(|&at| found.first <= at && at <= found.last) {
            alarms.push((found.first, found.finding.rule, found.finding.cwe));
        }
    }
    Verdict { expected: sample.alerts.len(), missed, right, alarms }
}
