//! The plots of a report, after the papers' figures: what is drawn, not how.

use super::judge::ACTIONABLE;
use super::plot::{Plot, Series};
use super::summary::{self, Judged, Summary};
use super::{Model, Row, table};

/// A plot as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Its title.
    pub title: String,
    /// Its file name.
    pub file: String,
    /// SVG text.
    pub svg: String,
}

/// All plots: for each judge what was cleared, what each iteration cleared, and programs by k; then similarity.
pub fn plots(rows: &[Row], judges: &[&str], model: Model) -> Vec<Drawn> {
    let sums = summary::by_strategy(rows);
    let mut drawn = Vec::new();
    for judge in judges {
        let found: Vec<(&Summary, &Judged)> = sums
            .iter()
            .filter_map(|sum| Some((sum, sum.judges.get(*judge)?)))
            .filter(|(_, judged)| judged.programs > 0)
            .collect();
        if found.is_empty() {
            continue;
        }
        let title = |what: &str| format!("{what}, judged by {judge} (model: {})", model.name());
        let places: Vec<String> = found.iter().map(|(sum, _)| table::named(sum)).collect();
        let share = |judged: &Judged, level: usize| {
            let count = |levels: &[u32; 4]| f64::from(levels.get(level).copied().unwrap_or(0));
            if count(&judged.with) > 0.0 { 100.0 * count(&judged.cleared) / count(&judged.with) } else { 0.0 }
        };
        let cleared = |name: &str, level: usize| Series {
            name: name.to_owned(),
            values: found.iter().map(|(_, judged)| share(judged, level)).collect(),
        };
        let plot = Plot {
            title: title("Programs cleared"),
            unit: "% of programs with findings at the level".to_owned(),
            places,
            series: vec![cleared("actionable", ACTIONABLE), cleared("MEDIUM+", ACTIONABLE + 1)],
        };
        drawn.push(Drawn { title: plot.title.clone(), file: format!("cleared-{judge}.svg"), svg: plot.bars() });
        let rounds = found.iter().map(|(_, judged)| judged.cleared_by.len()).max().unwrap_or(1);
        if rounds > 1 {
            let by_round = |judged: &Judged| {
                let last = judged.cleared_by.last().copied().unwrap_or(0);
                let values = judged.cleared_by.iter().copied().chain(std::iter::repeat(last)).take(rounds);
                values.map(f64::from).collect()
            };
            let plot = Plot {
                title: title("Cleared by iteration"),
                unit: "programs without actionable findings after at most so many iterations".to_owned(),
                places: (1..=rounds).map(|round| round.to_string()).collect(),
                series: found
                    .iter()
                    .map(|(sum, judged)| Series { name: table::named(sum), values: by_round(judged) })
                    .collect(),
            };
            drawn.push(Drawn { title: plot.title.clone(), file: format!("iterations-{judge}.svg"), svg: plot.lines() });
        }
        let bins = found.first().map_or(0, |(_, judged)| judged.histogram_before.len());
        let series =
            |name: String, counts: &[u32]| Series { name, values: counts.iter().copied().map(f64::from).collect() };
        let before = found.first().map(|(_, judged)| series("before".to_owned(), &judged.histogram_before));
        let after = found.iter().map(|(sum, judged)| series(table::named(sum), &judged.histogram_after));
        let plot = Plot {
            title: title("Programs by k"),
            unit: "programs with so many distinct weaknesses (actionable)".to_owned(),
            places: (0..bins).map(|bin| if bin + 1 == bins { format!("{bin}+") } else { bin.to_string() }).collect(),
            series: before.into_iter().chain(after).collect(),
        };
        drawn.push(Drawn { title: plot.title.clone(), file: format!("histogram-{judge}.svg"), svg: plot.bars() });
    }
    let changed: Vec<(String, f64)> =
        sums.iter().filter_map(|sum| Some((table::named(sum), sum.similarity_changed?))).collect();
    if !changed.is_empty() {
        let plot = Plot {
            title: format!("Similarity of changed programs (model: {})", model.name()),
            unit: "mean similarity to the original, 1 = equal".to_owned(),
            places: changed.iter().map(|(name, _)| name.clone()).collect(),
            series: vec![Series {
                name: "similarity".to_owned(),
                values: changed.iter().map(|(_, value)| *value).collect(),
            }],
        };
        drawn.push(Drawn { title: plot.title.clone(), file: "similarity.svg".to_owned(), svg: plot.bars() });
    }
    drawn
}
