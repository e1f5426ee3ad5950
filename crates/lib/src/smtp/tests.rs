//! Mails against a server on a socket: the sent bytes, and the final refusals.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use palisade_core::config::settings::Setting;

use super::*;

/// A server that takes one connection and answers from a script: `(verb, reply)`, 250 by default.
struct FakeServer {
    port: u16,
    heard: JoinHandle<Vec<String>>,
}

impl FakeServer {
    fn start(replies: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let heard = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            let mut writer = stream.try_clone().expect("a second handle");
            let mut answer = |reply: &str| writer.write_all(format!("{reply}\r\n").as_bytes()).is_ok();
            answer("220 fake.example ESMTP");
            let (mut heard, mut in_data) = (Vec::new(), false);
            for line in BufReader::new(stream).split(b'\n') {
                let Ok(line) = line else { break };
                let line = String::from_utf8(line).expect("UTF-8");
                let line = line.strip_suffix('\r').expect("CRLF ends every line").to_owned();
                heard.push(line.clone());
                if in_data && line != "." {
                    continue;
                }
                let verb = if in_data { "." } else { line.split([' ', ':']).next().unwrap_or_default() };
                let told = replies.iter().find(|(told, _)| *told == verb).map(|(_, reply)| *reply);
                in_data = verb == "DATA" && told.is_none();
                let reply = told.unwrap_or(match verb {
                    "EHLO" => "250-fake.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                    "DATA" => "354 go on",
                    "AUTH" => "235 welcome",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                });
                // Longer than every step but the message allows in this test.
                let reply = if reply == "slow" {
                    std::thread::sleep(Duration::from_millis(900));
                    "250 ok"
                } else {
                    reply
                };
                if !answer(reply) || verb == "QUIT" {
                    break;
                }
            }
            heard
        });
        Self { port, heard }
    }

    fn heard(self) -> Vec<String> {
        self.heard.join().expect("the server ended well")
    }
}

fn smtp(url: &str) -> Smtp {
    let url = SmtpUrl::parse(url).expect("a server");
    let from = MailFrom::parse("Zoë's Shop <no-reply@shop.example>").expect("a sender");
    Smtp::new(&url, &from, "shop.example").expect("a way")
}

fn mail<'a>(to: &'a str, subject: &'a str) -> OutgoingMail<'a> {
    OutgoingMail {
        id: "mal_1",
        to,
        subject,
        text: "Grüße\n.\nhttps://shop.example/account/verify#token=abc\n",
        html: None,
        language: None,
        date: Timestamp::from_secs(1_700_000_000),
    }
}

#[tokio::test]
async fn one_recipient_gets_one_text_with_the_envelope_as_given() {
    let server = FakeServer::start(&[]);
    let smtp = smtp(&format!("smtp://ada:p%40ss@127.0.0.1:{}", server.port));
    smtp.send(&mail("ada@example.org", "Prove your address, Zoë")).await.expect("taken");

    let heard = server.heard();
    let has = |line: &str| assert!(heard.iter().any(|heard| heard == line), "{line}\n{heard:#?}");
    has("EHLO shop.example");
    has("AUTH PLAIN AGFkYQBwQHNz");
    has("RCPT TO:<ada@example.org>");
    has("To: ada@example.org");
    has("Message-ID: <mal_1@shop.example>");
    has("Date: Tue, 14 Nov 2023 22:13:20 +0000");
    has("Auto-Submitted: auto-generated");
    has("Gr=C3=BC=C3=9Fe");
    has("..");
    has("MIME-Version: 1.0");
    has("Content-Type: text/plain; charset=utf-8");
    assert!(heard.iter().any(|line| line.starts_with("MAIL FROM:<no-reply@shop.example>")), "{heard:#?}");
    assert_eq!(heard.iter().filter(|line| line.starts_with("RCPT")).count(), 1);
    assert!(
        heard.iter().any(|line| line.starts_with("Subject: ") && line.contains("=?utf-8?")),
        "{heard:#?}"
    );
    assert_eq!(heard.last().map(String::as_str), Some("QUIT"));
}

#[test]
fn a_mail_with_an_html_part_lets_its_reader_choose() {
    let smtp = smtp("smtp://127.0.0.1:25");
    let text = "مرحبا\nhttps://shop.example/#token=abc\n";
    let html = "<p dir=\"rtl\">مرحبا</p>\n";
    let sent =
        OutgoingMail {
            text, html: Some(html), language: Some("ar"), ..mail("ada@example.org", "تأكيد")
        };
    let (_, bytes) = smtp.write(&sent).expect("a mail");
    let wire = String::from_utf8(bytes).expect("ASCII");
    assert!(wire.is_ascii(), "{wire}");
    let (headers, body) = wire.split_once("\r\n\r\n").expect("a body");
    for header in [
        "Content-Type: multipart/alternative; boundary=\"=_mal_1\"",
        "Content-Language: ar",
        "Auto-Submitted: auto-generated",
        "Subject: =?utf-8?",
    ] {
        assert!(headers.contains(header), "{header}\n{headers}");
    }
    let parts: Vec<&str> = body.split("--=_mal_1").collect();
    let [_, plain, html, end] = parts.as_slice() else { panic!("{body}") };
    assert!(plain.contains("Content-Type: text/plain; charset=utf-8"), "{plain}");
    assert!(html.contains("Content-Type: text/html; charset=utf-8"), "{html}");
    assert!(end.starts_with("--"), "the richest part is the last one (RFC 2046, 5.1.4): {end}");
    let (_, again) = smtp.write(&sent).expect("a mail");
    assert_eq!(String::from_utf8(again).expect("ASCII"), wire, "a second copy is the same mail");
}

#[test]
fn a_language_is_a_tag_and_nothing_else() {
    let smtp = smtp("smtp://127.0.0.1:25");
    for language in ["", "de\r\nBcc: eve@example.org", "de, en", "dé"] {
        let sent = OutgoingMail { language: Some(language), ..mail("ada@example.org", "x") };
        assert!(matches!(smtp.write(&sent), Err(SmtpError::Unwritable(_))), "{language:?}");
    }
}

#[tokio::test]
async fn what_the_server_answers_decides_whether_to_try_again() {
    type Replies = &'static [(&'static str, &'static str)];
    let cases: [(Replies, u16, bool); 10] = [
        (&[("RCPT", "550 5.1.1 <ada@example.org> unknown")], 550, true),
        (&[("RCPT", "550-5.1.1 <ada@example.org> unknown\r\n550 5.1.1 look elsewhere")], 550, true),
        (&[("RCPT", "550-5.1.1 <ada@example.org> unknown\r\n550 5.7.1 or no relay")], 550, false),
        (&[("RCPT", "550 relay not permitted")], 550, false),
        (&[("RCPT", "553 5.7.1 <ada@example.org> not owned")], 553, false),
        (&[("MAIL", "550 5.1.1 <ada@example.org> unknown")], 550, false),
        (&[("RCPT", "451 4.7.1 <ada@example.org> greylisted")], 451, false),
        (&[("MAIL", "552 too large")], 552, false),
        (&[("DATA", "554 no")], 554, false),
        (&[(".", "452 disk full")], 452, false),
    ];
    for (replies, code, is_final) in cases {
        let server = FakeServer::start(replies);
        let error = smtp(&format!("smtp://127.0.0.1:{}", server.port))
            .send(&mail("ada@example.org", "x"))
            .await
            .expect_err("not taken");
        assert_eq!(error.is_final(), is_final, "{code}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(&code.to_string()) && !shown.contains("ada@"), "{shown}");
        server.heard();
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_the_recipients_fault() {
    let server = FakeServer::start(&[("AUTH", "535 no")]);
    let smtp = smtp(&format!("smtp://ada:wrong@127.0.0.1:{}", server.port));
    let error = smtp.send(&mail("ada@example.org", "x")).await.expect_err("not signed in");
    assert!(matches!(error, SmtpError::NotTaken(Reply { phase: Phase::SignIn, code: 535, .. })), "{error:?}");
    assert!(!server.heard().iter().any(|line| line.starts_with("MAIL")));
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail() {
    // The address of this machine, under a name that is not known to be local.
    let server = FakeServer::start(&[]);
    let mut smtp = smtp("smtp://mail.example:25");
    (smtp.server.host, smtp.server.port) = ("127.0.0.1".to_owned(), server.port);
    let error = smtp.send(&mail("ada@example.org", "x")).await.expect_err("not in the clear");
    assert!(matches!(error, SmtpError::Unreachable { .. }) && !error.is_final(), "{error:?}");
    assert!(!server.heard().iter().any(|line| line.starts_with("MAIL") || line.starts_with("AUTH")));
}

#[tokio::test]
async fn nobody_there_can_be_tried_again() {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let smtp = smtp(&format!("smtp://127.0.0.1:{port}"));
    let error = smtp.send(&mail("ada@example.org", "x")).await.expect_err("nobody");
    assert!(matches!(error, SmtpError::Unreachable { .. }) && !error.is_final(), "{error:?}");
    assert!(smtp.probe().await.is_err());
}

#[test]
fn nothing_can_be_smuggled_into_the_headers_or_the_envelope() {
    let smtp = smtp("smtp://127.0.0.1:25");
    for to in [
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "ada@example.org> RCPT TO:<eve@example.org",
        "ada@exämple.org",
        "ada",
        "",
    ] {
        assert!(matches!(smtp.write(&mail(to, "x")), Err(SmtpError::Unwritable(_))), "{to:?}");
    }
    for subject in ["x\r\nBcc: eve@example.org", "x\ny", "x\u{85}y", "\0"] {
        assert!(matches!(smtp.write(&mail("ada@example.org", subject)), Err(SmtpError::Unwritable(_))));
    }
    let (envelope, _) = smtp.write(&mail("ada@example.org", "x")).expect("a mail");
    assert_eq!(envelope.to().len(), 1);
}

#[test]
fn an_address_as_host_becomes_a_literal() {
    let url = SmtpUrl::parse("smtp://127.0.0.1:25").expect("a server");
    let from = MailFrom::parse("palisade@localhost").expect("a sender");
    for (host, literal) in [("127.0.0.1", "[127.0.0.1]"), ("[::1]", "[::1]"), ("localhost", "localhost")] {
        assert_eq!(Smtp::new(&url, &from, host).expect("a way").host, literal);
    }
}

/// Every step has the time limit of RFC 5321 section 4.5.3.2.
#[test]
fn no_step_is_given_up_before_its_time() {
    let Deadlines { connect: _, greeting, command, data, message } = Deadlines::RFC_5321;
    let mins = Duration::from_mins;
    assert!(greeting >= mins(5) && command >= mins(5) && data >= mins(2) && message >= mins(10));
}

/// The time of a step is independent of the other steps: a server that needs longer than the others for the answer
/// to the message accepts it once.
#[tokio::test]
async fn a_server_may_take_its_time_over_the_message() {
    let short = Duration::from_millis(400);
    let deadlines =
        Deadlines { connect: short, greeting: short, command: short, data: short, message: short * 50 };
    let server = FakeServer::start(&[(".", "slow")]);
    let smtp = smtp(&format!("smtp://127.0.0.1:{}", server.port)).with_deadlines(deadlines);
    smtp.send(&mail("ada@example.org", "x")).await.expect("taken");
    server.heard();

    let server = FakeServer::start(&[("RCPT", "slow")]);
    let smtp = self::smtp(&format!("smtp://127.0.0.1:{}", server.port)).with_deadlines(deadlines);
    let error = smtp.send(&mail("ada@example.org", "x")).await.expect_err("too slow");
    assert!(matches!(error, SmtpError::Unreachable { phase: Phase::Recipient, .. }), "{error:?}");
    server.heard();
}
