//! The program of `examples/notes`: every command knows what the product adds. And its page, `docs/product.md`.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use palisade_api_tests::binary::free_port;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, Listener, function};
use serde_json::json;

pub(crate) const ROOT: &str = "root@example.org";
const NOTES: &str = "/api/v1/notes";

/// The program in a folder of its own. Dropping it ends a server that it started.
pub(crate) struct Program {
    folder: tempfile::TempDir,
    server: Option<Child>,
    port: u16,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), server: None, port: free_port() }
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(function::path().with_file_name("palisade-notes-example"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PORT", self.port.to_string()).envs(variables.iter().copied()).stdin(Stdio::null());
        command
    }

    /// Whether it succeeded, and what it printed.
    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
        let ran = self.command(arguments, variables).output().expect("it was built");
        let said = [ran.stdout, ran.stderr].concat();
        (ran.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let (succeeded, said) = self.run(arguments, &[]);
        assert!(succeeded, "{arguments:?}: {said}");
        said
    }

    /// A super-admin with the password that everybody has.
    pub(crate) fn make_root(&self) {
        std::fs::write(self.path("password"), PASSWORD).expect("a file");
        self.succeed(&["admin", "create", "--email", ROOT, "--password-file", "password"]);
    }

    /// Serves until [`Self::kill`], with that super-admin, who is signed in.
    async fn serve(&mut self) -> Client {
        self.serve_with(&[]).await
    }

    pub(crate) async fn serve_with(&mut self, variables: &[(&str, &str)]) -> Client {
        let mut command = self.command(&["serve"], variables);
        let server = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("it was built");
        self.server = Some(server);
        let port = self.port;
        palisade_api_tests::until("it listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        let origin = format!("http://localhost:{port}");
        let mut root =
            Client::new(([127, 0, 0, 1], port).into(), &origin["http://".len()..]).from_origin(&origin);
        let sent = json!({"email": ROOT, "password": PASSWORD});
        assert_eq!(root.post("/api/v1/auth/login", sent).await.status, 200);
        root
    }

    /// Like `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("it runs");
            server.wait().expect("it ended");
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::test]
async fn what_the_server_keeps_for_the_product_is_copied_and_backed_up() {
    let mut program = Program::new();
    program.make_root();
    let mut root = program.serve().await;
    for text in ["one", "two"] {
        assert_eq!(root.post(NOTES, json!({"text": text})).await.status, 201);
    }
    let health = root.get("/api/v1/health").await.body;
    assert!(health.contains("\"jobs\""), "{health}");
    palisade_api_tests::until("the job has run", async || {
        let (_, status) = program.run(&["db", "status"], &[]);
        status.lines().any(|line| line.starts_with("jobs ") && line.contains(" 1"))
    })
    .await;
    program.kill();

    // As it was, also after an end without warning.
    let mut root = program.serve().await;
    assert_eq!(root.get(NOTES).await.at("/data/items/0/text"), "two");
    program.kill();

    let copy = program.succeed(&["user", "export", ROOT]);
    let records: Vec<serde_json::Value> =
        copy.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of_kind = |kind: &str| records.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!((of_kind("user"), of_kind("notes"), of_kind("shelves")), (1, 2, 1), "{copy}");
    let (found, said) = program.run(&["user", "export", "nobody@example.org"], &[]);
    assert!(!found && said.starts_with("notes: "), "{said}");

    let status = program.succeed(&["db", "status"]);
    for collection in ["notes", "shelves", "jobs", "users"] {
        assert!(
            status.lines().any(|line| line.starts_with(&format!("{collection} "))),
            "{collection}: {status}"
        );
    }
    program.succeed(&["db", "migrate"]);
    program.succeed(&["db", "purge"]);
    let from = format!("sqlite://{}", program.path("data/palisade.db").display());
    let to = format!("sqlite://{}", program.path("copy.db").display());
    let copied = program.succeed(&["db", "copy", "--from", &from, "--to", &to]);
    let notes = copied.lines().find(|line| line.starts_with("notes ")).expect("notes were copied");
    assert_eq!(notes.split_whitespace().nth(1), Some("2"), "{copied}");
    assert!(copied.contains("Every document is the same on both sides."), "{copied}");
    let kept = program.succeed(&["db", "backup", "--to", "backup.db"]);
    assert!(kept.lines().any(|line| line.starts_with("notes ")), "{kept}");
}

/// The resident memory of a process, in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// `PALISADE_LISTENERS=5000` is the long form, for `docs/performance.md`.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the clock is the measure")]
async fn a_listener_takes_little_memory_and_all_of_them_hear_at_once() {
    let count: u64 =
        std::env::var("PALISADE_LISTENERS").map_or(200, |count| count.parse().expect("a number"));
    let mut program = Program::new();
    program.make_root();
    let variables = [
        ("RATE_LIMIT_NORMAL", "100000/60s"),
        ("RATE_LIMIT_NORMAL_NETWORK", "100000/60s"),
        ("NOTES_LISTENERS", "10000"),
    ];
    let mut root = program.serve_with(&variables).await;
    let process = program.server.as_ref().expect("it runs").id();
    let token = format!("Bearer {}", root.cookie("palisade-access").expect("signed in"));
    let before = resident(process);
    let mut listeners = Vec::new();
    for _ in 0..count {
        let headers = [("Authorization", token.as_str())];
        let listener = Listener::connect(root.address(), &format!("{NOTES}/events"), &headers).await;
        assert_eq!(listener.status(), 200, "{}", listener.head);
        listeners.push(listener);
    }
    let with = resident(process);
    let began = Instant::now();
    assert_eq!(root.post(NOTES, json!({"text": "one"})).await.status, 201);
    for listener in &mut listeners {
        assert!(listener.event().await.expect("it goes on").contains("note.written"));
    }
    let (took, after) = (began.elapsed(), resident(process));
    let each = with.saturating_sub(before) * 1024 / count;
    println!(
        "{count} listeners: {before} KiB before, {with} with them ({each} bytes each), {after} after an event"
    );
    println!("all of them heard of it after {took:?}");
    assert!(each < 32 * 1024, "{each} bytes for a listener");
}

#[test]
fn the_descriptions_of_the_server_have_the_product() {
    let program = Program::new();
    let routes = program.succeed(&["routes"]);
    for text in
        ["/api/v1/notes/{id}", "NOTE_READ_ANY or key", "RATE_LIMIT_NOTES_WRITE_USER", "/api/v1/users/me"]
    {
        assert!(routes.contains(text), "{text}: {routes}");
    }
    let version = program.succeed(&["--version"]);
    assert!(version.starts_with("notes "), "{version}");
    assert!(program.succeed(&["man"]).contains(".TH notes 1"));
    assert!(program.succeed(&["completions", "bash"]).contains("_notes()"));
    let openapi = program.succeed(&["openapi"]);
    assert!(openapi.contains("\"title\":\"Notes\"") && openapi.contains("\"notes-tidy\""), "{openapi:.300}");
    let example = program.succeed(&["generate", "env-example"]);
    for text in ["#NOTES_MAX=1000", "#APP_NAME=Notes", "#RATE_LIMIT_NOTES_WRITE_USER=60/60s"] {
        assert!(example.lines().any(|line| line == text), "{text}: {example}");
    }
    assert!(program.succeed(&["generate", "errors"]).contains("`SHELF_FULL`"));
    assert!(program.succeed(&["generate", "routes"]).contains("`/api/v1/notes`"));
}

#[test]
fn check_knows_the_variables_of_the_product() {
    let program = Program::new();
    let check = |variables: &[(&str, &str)]| program.run(&["check", "--strict"], variables);
    let limits = [("RATE_LIMIT_NOTES_WRITE", "7/60s"), ("RATE_LIMIT_NOTES_WRITE_USER", "3/60s")];
    let (valid, said) = check(&[limits[0], limits[1], ("NOTES_MAX", "7")]);
    assert!(valid, "{said}");
    let row = said.lines().find(|line| line.starts_with("NOTES_MAX ")).expect("a row");
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["NOTES_MAX", "7", "env"]);
    for (variables, named) in [
        (&[("NOTES_MXA", "7")][..], "NOTES_MXA: is not read; did you mean NOTES_MAX?"),
        (&[("RATE_LIMIT_NOTES_WRITING", "7/60s")], "RATE_LIMIT_NOTES_WRITING: is not read; no policy has it"),
        (&[("RATE_LIMIT_NOTES_WRITE", "seven")], "RATE_LIMIT_NOTES_WRITE: "),
    ] {
        let (valid, said) = check(variables);
        assert!(!valid && said.contains(named), "{named}: {said}");
    }
    let (valid, said) = check(&[("NOTES_MAX", "0"), ("BCRYPT_COST", "1")]);
    assert!(!valid && said.contains("2 mistakes"), "{said}");
    assert!(said.contains("BCRYPT_COST: ") && said.contains("NOTES_MAX: "), "{said}");
}

/// Each excerpt of a page begins with the name of its file in this folder of the example.
fn quotes(page: &str, folder: &str, at_least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs").join(page)).expect("the page");
    let squeezed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let mut quoted = 0;
    for block in page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let (file, excerpt) = block.split_once('\n').expect("a name and an excerpt");
        let file = file.strip_prefix("// ").expect("the name of a file");
        let text =
            std::fs::read_to_string(root.join("examples/notes").join(folder).join(file)).expect("the file");
        for part in excerpt.split("\n// …\n") {
            assert!(squeezed(&text).contains(squeezed(part).trim()), "this is not in {file}:\n{part}");
        }
        quoted += 1;
    }
    assert!(quoted >= at_least, "{quoted} excerpts");
}

#[test]
fn the_pages_about_products_quote_the_example() {
    quotes("product.md", "src", 6);
    quotes("store.md", "src", 4);
    quotes("testing.md", "tests", 2);
}
