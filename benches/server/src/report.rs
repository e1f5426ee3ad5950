//! The table.

use std::fmt;

/// The measurements.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

#[derive(Debug)]
struct Row {
    what: String,
    figure: String,
    aim: &'static str,
    met: Option<bool>,
}

impl Report {
    /// A figure without an aim.
    pub(crate) fn note(&mut self, what: impl Into<String>, figure: String) {
        self.0.push(Row { what: what.into(), figure, aim: "", met: None });
    }

    /// A figure with an aim.
    pub(crate) fn aim(&mut self, what: impl Into<String>, figure: String, aim: &'static str, met: bool) {
        self.0.push(Row { what: what.into(), figure, aim, met: Some(met) });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|row| row.what.len()).max().unwrap_or(0);
        for Row { what, figure, aim, met } in &self.0 {
            let met = met.map_or("", |met| if met { "met" } else { "MISSED" });
            writeln!(f, "{}", format!("{what:width$}  {figure:>14}  {aim:<12} {met}").trim_end())?;
        }
        Ok(())
    }
}

/// The median of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
