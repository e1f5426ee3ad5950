//! A long outbox.

use super::*;

/// The resident memory of this process, in MiB (`VmRSS`, proc_pid_status(5)).
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib / 1024.0
}

/// 100,000 mails drain in bounded memory, past a mailbox whose server never answers and one that nobody has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn a_hundred_thousand_mails_drain_with_flat_memory_past_dead_mailboxes() {
    const MAILS: usize = 100_000;
    const AT_ONCE: usize = 250;
    let world = World::new().await;
    let script = Script::new([Fate::Slow, Fate::Refused]);
    script.keeps_nothing();
    for turn in 0..MAILS / AT_ONCE {
        let addresses: Vec<_> = (0..AT_ONCE).map(|n| format!("user-{turn}-{n}@example.org")).collect();
        let queued = addresses.iter().map(|address| world.intend_now("invitation", address));
        futures_util::future::join_all(queued).await;
    }
    let before = resident();
    let running = tokio::spawn(world.worker_of(&script, 4).run(std::future::pending()));
    let (mut most, mut half) = (before, None);
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.clock.advance(Duration::from_millis(500));
        most = most.max(resident());
        let begun = script.begun.available_permits();
        if begun >= MAILS / 2 {
            half.get_or_insert(most);
        }
        if begun >= MAILS {
            break;
        }
        assert!(!running.is_finished(), "the worker ended");
    }
    running.abort();
    let half = half.unwrap_or(before);
    println!(
        "{before:.0} MiB before, {half:.0} at half, {most:.0} at most, {begun} deliveries begun",
        begun = script.begun.available_permits()
    );
    // The second half needs no more than the first: nothing grows with the queue.
    assert!(most - half < 16.0, "{half:.0} MiB at half, {most:.0} at the end");
}
