//! Lines for people at a terminal, in development: short, aligned, and in color if the terminal shows it.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::access_line::{AccessLine, beginning};
use super::line::is_deceptive;
use crate::system::time::Timestamp;

/// Whether lines are in color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn of(self, style: Style) -> Style {
        if self.0 { style } else { Style::new() }
    }

    fn colored(self, color: AnsiColor) -> Style {
        self.of(color.on_default())
    }

    fn dim(self) -> Style {
        self.of(Style::new().dimmed())
    }

    fn bold(self) -> Style {
        self.of(Style::new().bold())
    }

    fn level(self, level: &str) -> Style {
        self.colored(match level {
            "error" => AnsiColor::Red,
            "warn" => AnsiColor::Yellow,
            "info" => AnsiColor::Green,
            _ => AnsiColor::Blue,
        })
    }

    fn status(self, status: u16) -> Style {
        self.colored(match status {
            500.. => AnsiColor::Red,
            400.. => AnsiColor::Yellow,
            300.. => AnsiColor::Cyan,
            _ => AnsiColor::Green,
        })
    }
}

/// `07:27:52.123 GET    /api/v1/users/{id} 404 1.2 ms NOT_FOUND 0198c5f2…`
pub(super) fn write_request(out: &mut Vec<u8>, paint: Paint, line: &AccessLine<'_>) {
    let (dim, status) = (paint.dim(), paint.status(line.status));
    begin(out, paint, line.ts);
    let method = line.method.unwrap_or("-").escape_debug().to_string();
    let place = line.route.or(line.path.map(beginning)).unwrap_or("-").escape_debug();
    // Writing to memory does not fail.
    let _ = write!(out, "{bold}{method:6}{bold:#} {place} ", bold = paint.bold());
    let _ = write!(out, "{status}{}{status:#} {}", line.status, human(line.duration_us));
    if let Some(code) = line.code {
        let _ = write!(out, " {status}{}{status:#}", code.escape_debug());
    }
    let _ = write!(out, " {dim}{}{dim:#}", line.request_id.escape_debug());
}

/// `07:27:52.123 WARN   palisade_core::server message name=value`
pub(super) fn write_event(
    out: &mut Vec<u8>,
    paint: Paint,
    (ts, level, target): (Timestamp, &str, &str),
    fields: &[(&'static str, Value)],
) {
    begin(out, paint, ts);
    let (dim, colored) = (paint.dim(), paint.level(level));
    let _ = write!(out, "{colored}{:6}{colored:#} {dim}{target}{dim:#}", level.to_uppercase());
    for (name, value) in fields {
        if *name == "message" {
            let _ = write!(out, " {}", shown(value));
        } else {
            let (name, value) = in_words(name, value);
            let _ = write!(out, " {dim}{name}={dim:#}{value}");
        }
    }
}

/// The time of day, in UTC: a person at a terminal knows the date.
fn begin(out: &mut Vec<u8>, paint: Paint, ts: Timestamp) {
    let (dim, ts) = (paint.dim(), ts.to_string());
    let _ = write!(out, "{dim}{}{dim:#} ", ts.get(11..23).unwrap_or(&ts));
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains(is_deceptive) => format!("{text:?}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field whose name says that it is a duration is shown as one, under the name without its unit.
fn in_words(name: &'static str, value: &Value) -> (&'static str, String) {
    const UNITS: [(&str, u64); 4] =
        [("_us", 1), ("_ms", 1_000), ("_secs", 1_000_000), ("_seconds", 1_000_000)];
    if let Some(micros) = value.as_u64() {
        if name == "seconds" {
            return ("time", human(micros.saturating_mul(1_000_000)));
        }
        for (unit, factor) in UNITS {
            if let Some(name) = name.strip_suffix(unit) {
                return (name, human(micros.saturating_mul(factor)));
            }
        }
    }
    (name, shown(value))
}

/// A duration in the unit that fits: `850 µs`, `1.2 ms`, `10.5 s`, `3 min 20 s`, `2 h 5 min`.
fn human(micros: u64) -> String {
    const SECOND: u64 = 1_000_000;
    let tenths = |unit: u64, name: &str| {
        let tenths = micros.saturating_add(unit / 20) / (unit / 10);
        match (tenths / 10, tenths % 10) {
            (whole, 0) | (whole @ 100.., _) => format!("{whole} {name}"),
            (whole, tenth) => format!("{whole}.{tenth} {name}"),
        }
    };
    let seconds = micros / SECOND;
    match micros {
        ..1_000 => format!("{micros} µs"),
        1_000..SECOND => tenths(1_000, "ms"),
        _ if seconds < 60 => tenths(SECOND, "s"),
        _ if seconds < 3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_unit_that_fits() {
        for (micros, expected) in [
            (0, "0 µs"),
            (850, "850 µs"),
            (1_000, "1 ms"),
            (1_234, "1.2 ms"),
            (123_456, "123 ms"),
            (10_500_000, "10.5 s"),
            (59_000_000, "59 s"),
            (200_000_000, "3 min 20 s"),
            (7_500_000_000, "2 h 5 min"),
        ] {
            assert_eq!(human(micros), expected, "{micros}");
        }
    }

    #[test]
    fn a_duration_field_is_shown_with_its_unit() {
        for (name, value, expected) in [
            ("behind_ms", Value::from(1_500), ("behind", "1.5 s")),
            ("seconds", Value::from(10), ("time", "10 s")),
            ("took_us", Value::from(900), ("took", "900 µs")),
            ("behind_ms", Value::from("no number"), ("behind_ms", "no number")),
            ("connections", Value::from(7), ("connections", "7")),
        ] {
            assert_eq!(in_words(name, &value), (expected.0, expected.1.to_owned()), "{name}");
        }
    }
}
