//! A mail server that answers by a script, and remembers the commands it received.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

/// Listens on a port of its own until it is dropped with the test.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    said: Receiver<String>,
    taken: Arc<Taken>,
    manners: Arc<Mutex<Manners>>,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The recipient.
    pub to: String,
    /// All of it, head and body, as it came.
    pub text: String,
}

impl Letter {
    /// What its Message-ID line says.
    pub fn message_id(&self) -> String {
        self.text.lines().find(|line| line.starts_with("Message-ID:")).unwrap_or_default().to_owned()
    }
}

/// What it has taken.
#[derive(Debug, Default)]
struct Taken {
    letters: Mutex<Vec<Letter>>,
    /// Letters to which it has not said yes yet, and how many these were at most.
    in_hand: AtomicUsize,
    most_in_hand: AtomicUsize,
}

/// How it meets those who come.
#[derive(Debug, Default)]
struct Manners {
    /// What it says instead of yes: to a verb, to `CONNECT`, or to the `.` after a message.
    answers: HashMap<&'static str, &'static str>,
    /// Between taking a letter and saying so: for everybody, and for one recipient.
    pause: Duration,
    slow_for: Option<(String, Duration)>,
}

impl MailServer {
    /// Takes mail for everybody, or answers `RCPT` with this.
    pub fn start(recipient: &'static str) -> Self {
        let server = Self::with(Manners::default());
        server.answer("RCPT", recipient);
        server
    }

    /// Takes mail for everybody, and says so only this long after it has taken it.
    pub fn slow(pause: Duration) -> Self {
        Self::with(Manners { pause, ..Manners::default() })
    }

    /// Takes mail for everybody, and says so late to one recipient.
    pub fn slow_for(recipient: &str, pause: Duration) -> Self {
        Self::with(Manners { slow_for: Some((recipient.to_owned(), pause)), ..Manners::default() })
    }

    fn with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (say, said) = channel();
        let kept = Arc::<Taken>::default();
        let manners = Arc::new(Mutex::new(manners));
        let (taken, shared) = (Arc::clone(&kept), Arc::clone(&manners));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (say, taken, shared) = (say.clone(), Arc::clone(&taken), Arc::clone(&shared));
                thread::spawn(move || {
                    if let Some(conversation) = converse(&stream, &shared, &taken) {
                        // The test may have seen enough.
                        let _ = say.send(conversation);
                    }
                });
            }
        });
        Self { address, said, taken: kept, manners }
    }

    /// From now on it answers a verb (`CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`, or `.` for the message) with this.
    pub fn answer(&self, verb: &'static str, reply: &'static str) {
        self.manners.lock().answers.insert(verb, reply);
    }

    /// From now on it says yes to everything, at once.
    pub fn mend(&self) {
        *self.manners.lock() = Manners::default();
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What `SMTP_URL` has to be.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The letters that were taken, in order.
    pub fn letters(&self) -> Vec<Letter> {
        self.taken.letters.lock().clone()
    }

    /// How many they are.
    pub fn taken(&self) -> usize {
        self.taken.letters.lock().len()
    }

    /// How many it had in hand at most: taken, and not yet told so.
    pub fn most_in_hand(&self) -> usize {
        self.taken.most_in_hand.load(Ordering::SeqCst)
    }

    /// All that the next client said, up to its end.
    pub fn conversation(&self) -> String {
        self.said.recv_timeout(Duration::from_secs(30)).expect("somebody comes")
    }
}

fn converse(mut stream: &TcpStream, manners: &Mutex<Manners>, taken: &Taken) -> Option<String> {
    let told = |verb: &str| manners.lock().answers.get(verb).copied();
    let mut lines = BufReader::new(stream).lines();
    let mut said = String::new();
    let mut in_data = false;
    let mut letter = Letter { to: String::new(), text: String::new() };
    stream.write_all(format!("{}\r\n", told("CONNECT").unwrap_or("220 mail.test ready")).as_bytes()).ok()?;
    while let Some(Ok(line)) = lines.next() {
        said.extend([line.as_str(), "\n"]);
        if in_data && line != "." {
            letter.text.extend([line.as_str(), "\n"]);
            continue;
        }
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let told = told(verb);
        if std::mem::take(&mut in_data) && told.is_none() {
            taken.letters.lock().push(letter.clone());
            let in_hand = taken.in_hand.fetch_add(1, Ordering::SeqCst) + 1;
            taken.most_in_hand.fetch_max(in_hand, Ordering::SeqCst);
            let pause = {
                let manners = manners.lock();
                match &manners.slow_for {
                    Some((slow, pause)) if *slow == letter.to => *pause,
                    _ => manners.pause,
                }
            };
            thread::sleep(pause);
            taken.in_hand.fetch_sub(1, Ordering::SeqCst);
        }
        if verb == "RCPT" {
            line.trim_start_matches("RCPT TO:<").split('>').next()?.clone_into(&mut letter.to);
        }
        in_data = verb == "DATA" && told.is_none();
        if in_data {
            letter.text.clear();
        }
        let answer = told.unwrap_or(match verb {
            "EHLO" => "250 mail.test",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        });
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        if line == "QUIT" {
            break;
        }
    }
    Some(said)
}
