//! A large file, in a little memory.

use palisade_api_tests::Answer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::house::{ADA, BOUNDARY, FILES, House, by_hand, head};

/// The most memory that this process has had, in KiB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// `PALISADE_FILE_MIB=1024` is the long form, for `docs/performance.md`.
#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs it says how long it is, and the clock is the measure"
)]
async fn a_large_file_goes_through_a_little_memory() {
    let mib: usize = std::env::var("PALISADE_FILE_MIB").map_or(64, |mib| mib.parse().unwrap());
    let house = House::new().await;
    let ada = house.world.user(ADA).await;
    let (part, before) = (vec![b'x'; 1024 * 1024], most_memory());
    let (first, last) = (head("file", "large", "text/plain"), format!("\r\n--{BOUNDARY}--\r\n"));
    let length = first.len() + mib * part.len() + last.len();
    let mut stream = TcpStream::connect(house.world.address).await.unwrap();
    let began = std::time::Instant::now();
    let request = by_hand(&ada, "/huge", &format!("Content-Length: {length}")) + &first;
    stream.write_all(request.as_bytes()).await.unwrap();
    for _ in 0..mib {
        stream.write_all(&part).await.unwrap();
    }
    stream.write_all(last.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = Answer::parse(&answer).unwrap();
    assert_eq!(
        (answer.status, answer.at("/data/length")),
        (201, (mib * part.len()).into()),
        "{}",
        answer.body
    );
    let (sent, after_upload) = (began.elapsed(), most_memory());

    let began = std::time::Instant::now();
    let mut stream = TcpStream::connect(house.world.address).await.unwrap();
    let path = format!("{FILES}/{}", answer.at("/data/id").as_str().unwrap());
    let asked = by_hand(&ada, &path, "Content-Length: 0").replacen("POST", "GET", 1);
    stream.write_all(asked.as_bytes()).await.unwrap();
    let (mut received, mut buffer) = (0, vec![0; 1024 * 1024]);
    loop {
        match stream.read(&mut buffer).await.unwrap() {
            0 => break,
            count => received += count,
        }
    }
    let (read, after) = (began.elapsed(), most_memory());
    assert!(received > mib * part.len(), "{received}");
    println!(
        "{mib} MiB: sent in {sent:?}, read in {read:?}; at most {before} KiB before, {after_upload} and {after} after"
    );
    assert!(after < before + 16 * 1024, "{before} KiB before, {after} after");
    assert_eq!(house.count(), (0, 1));
}
