//! What a request costs with little and with much in the store: two servers side by side, in turns.

use std::time::Duration;

use serde_json::Value;

use crate::Failure;
use crate::load::{Load, Seen};
use crate::report::{Report, median};
use crate::wire::{Connection, get, split, status};

/// How many clients ask at once.
pub(crate) const CONNECTIONS: u32 = 4;

const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(400);

/// The maximum cost with a hundred times as much.
const AIM: f64 = 1.3;

/// Compares two servers by the median of the turns, and reports both rates and their ratio as `name`. `sizes` tells what the
/// two stores hold.
pub(crate) async fn compare(
    report: &mut Report,
    name: &str,
    sizes: &str,
    [few, many]: [Load; 2],
) -> Result<(), Failure> {
    few.run(TURN).await?;
    many.run(TURN).await?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        a.push(few.run(TURN).await?);
        b.push(many.run(TURN).await?);
    }
    let dearer: Vec<f64> = a.iter().zip(&b).map(|(few, many)| few.per_second / many.per_second).collect();
    let middle = |seen: &[Seen]| median(seen.iter().map(|seen| seen.per_second).collect());
    report.note(format!("{name}, {sizes}"), format!("{:.0} and {:.0} /s", middle(&a), middle(&b)));
    let dearer = median(dearer);
    report.aim(format!("{name}, many against few"), format!("{dearer:.2} x"), "<= 1.3 x", dearer <= AIM);
    Ok(())
}

/// Walks so many pages of a list, whose path has a query, and returns the `&cursor=…` of the next one.
pub(crate) async fn walk(
    connection: &mut Connection,
    list: &str,
    cookie: &str,
    pages: u64,
) -> Result<String, Failure> {
    let mut cursor = String::new();
    for _ in 0..pages {
        let request = get(&format!("{list}{cursor}"), &format!("Cookie: {cookie}\r\n"));
        let answer = connection.exchange(&request).await?;
        let (_, body) = split(answer)?;
        if status(answer) != Some(200) {
            return Err(body.into());
        }
        let page: Value = serde_json::from_str(body)?;
        let next = page.pointer("/meta/page/nextCursor").and_then(Value::as_str).ok_or("no cursor")?;
        cursor = format!("&cursor={next}");
    }
    Ok(cursor)
}
