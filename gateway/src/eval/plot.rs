//! Small plots as SVG text: bars in groups and lines. Labels are escaped; nothing is fetched by what is drawn.

use std::fmt::Write as _;

/// Named values along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// One value for each place on the axis.
    pub values: Vec<f64>,
}

/// What both kinds of plot have.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The title.
    pub title: String,
    /// What the values are, with their unit.
    pub unit: String,
    /// The places on the axis.
    pub places: Vec<String>,
    /// What is drawn.
    pub series: Vec<Series>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 48.0;
const RIGHT: f64 = 200.0;
const BOTTOM: f64 = 72.0;
/// Colours that are told apart without red and green.
const COLOURS: [&str; 8] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555"];

impl Plot {
    /// As groups of bars.
    pub fn bars(&self) -> String {
        let top = self.top();
        let slot = self.slot();
        let wide = slot * 0.8 / (self.series.len().max(1) as f64);
        self.drawn(top, |text, at, series, colour| {
            for (place, value) in series.values.iter().enumerate() {
                let height = value.max(0.0) / top * inner().1;
                let x = LEFT + slot * (place as f64 + 0.1) + wide * at as f64;
                let y = HEIGHT - BOTTOM - height;
                // Writing to a String cannot fail.
                let _ = writeln!(
                    text,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"><title>{}: {}</title></rect>",
                    (wide - 1.0).max(1.0),
                    escaped(&series.name),
                    number(*value)
                );
            }
        })
    }

    /// As lines.
    pub fn lines(&self) -> String {
        let top = self.top();
        let slot = self.slot();
        self.drawn(top, |text, _, series, colour| {
            let points: Vec<String> = series
                .values
                .iter()
                .enumerate()
                .map(|(place, value)| {
                    let x = LEFT + slot * (place as f64 + 0.5);
                    format!("{x:.1},{:.1}", HEIGHT - BOTTOM - value.max(0.0) / top * inner().1)
                })
                .collect();
            let _ = writeln!(
                text,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                points.join(" ")
            );
            for point in &points {
                let (x, y) = point.split_once(',').unwrap_or_default();
                let _ = writeln!(text, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{colour}\"/>");
            }
        })
    }

    fn slot(&self) -> f64 {
        inner().0 / (self.places.len().max(1) as f64)
    }

    /// The axis' end: one, two or five times a power of ten.
    fn top(&self) -> f64 {
        let most = self.series.iter().flat_map(|series| &series.values).copied().fold(0.0, f64::max);
        if most <= 0.0 {
            return 1.0;
        }
        let power = 10_f64.powf(most.log10().floor());
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|end| *end >= most).unwrap_or(most)
    }

    fn drawn(&self, top: f64, draw: impl Fn(&mut String, usize, &Series, &str)) -> String {
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
             <text x=\"{LEFT}\" y=\"20\" font-size=\"15\" font-weight=\"bold\">{}</text>\n\
             <text x=\"{LEFT}\" y=\"38\" fill=\"#555555\">{}</text>\n",
            escaped(&self.title),
            escaped(&self.unit)
        );
        for step in 0..=4 {
            let value = top * f64::from(step) / 4.0;
            let y = HEIGHT - BOTTOM - inner().1 * f64::from(step) / 4.0;
            let _ = writeln!(
                text,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0,
                number(value)
            );
        }
        let slot = self.slot();
        for (at, place) in self.places.iter().enumerate() {
            let (x, y) = (LEFT + slot * (at as f64 + 0.5), HEIGHT - BOTTOM + 16.0);
            let turned = if self.places.len() > 5 {
                format!(" text-anchor=\"end\" transform=\"rotate(-30 {x:.1} {y:.1})\"")
            } else {
                " text-anchor=\"middle\"".to_owned()
            };
            let _ = writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\"{turned}>{}</text>", escaped(place));
        }
        for (at, (series, colour)) in self.series.iter().zip(COLOURS.iter().cycle()).enumerate() {
            draw(&mut text, at, series, colour);
            let (x, y) = (WIDTH - RIGHT + 16.0, TOP + 18.0 * at as f64);
            let _ = writeln!(
                text,
                "<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{}\" y=\"{}\">{}</text>",
                x + 18.0,
                y + 10.0,
                escaped(&series.name)
            );
        }
        text.push_str("</svg>\n");
        text
    }
}

/// Width and height of what is drawn in.
const fn inner() -> (f64, f64) {
    (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{Plot, Series};

    #[test]
    fn values_become_shapes_and_names_stay_text() {
        let series = |name: &str, values: &[f64]| Series { name: name.to_owned(), values: values.to_vec() };
        let plot = Plot {
            title: "a <b>".to_owned(),
            unit: "%".to_owned(),
            places: vec!["1".to_owned(), "2".to_owned()],
            series: vec![series("x & y", &[1.0, 40.0]), series("z", &[0.0, 2.5])],
        };
        let (bars, lines) = (plot.bars(), plot.lines());
        assert_eq!(bars.matches("<title>").count(), 4);
        assert_eq!((lines.matches("<polyline").count(), lines.matches("<circle").count()), (2, 4));
        assert!(bars.contains("a &lt;b&gt;") && bars.contains("x &amp; y") && !bars.contains("NaN"));
        let empty = Plot { places: vec![], series: vec![series("", &[])], ..plot };
        assert!(!empty.bars().contains("NaN") && !empty.lines().contains("NaN"));
    }
}
