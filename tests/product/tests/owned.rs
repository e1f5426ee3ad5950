//! A small product with things that belong to people: each person reaches their own, and whoever holds the permission
//! those of everybody. Its inputs are declared in one line each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::sync::Arc;

use palisade::Product;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{AuthenticatedUser, Console, Owned, Reach, Scope, UserId};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Created, Empty, Paginated, Success};
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_core::routes::{Routes, delete, get, post};
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::values::Id as _;
use palisade_core::{input, list, number, string_enum, text, time, view};
use palisade_lib::store::{Batch, Collection, CursorKey, Location, Options, Store, StoreError, Stored};
use palisade_lib::{collection, collections};
use palisade_modules::permissions::UserRead;
use palisade_test::World;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

palisade_core::id! { NoteId = "nte"; }
text! { Text, 1..=200 characters, |text| Ok(text); }
text! { Tag, 1..=20 characters, |text| Ok(text); }
list! { Tags of Tag, 0..=3 unique; }
number! { Stars, 1..=5; }
time! { DueAt, 2000..=2100; }
string_enum! {
    Color {
        /// As the sun.
        Yellow = "yellow",
        /// As the sky.
        Blue = "blue",
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    author: UserId,
    text: Text,
    tags: Tags,
    stars: Stars,
    due_at: Option<DueAt>,
    color: Color,
    is_pinned: bool,
}

impl Owned for Note {
    fn owner(&self) -> UserId {
        self.author
    }
}

collection! {
    Note in "notes" {
        id: NoteId,
        version: 1,
        kind: soft(purge: with_owner(BY_AUTHOR)),
        index ALL: newest_first;
        index BY_AUTHOR: (author: UserId) newest_first;
    }
}

#[derive(Clone)]
struct Notes {
    store: Store,
    notes: Collection<Note>,
}

impl Notes {
    async fn open(file: &Path) -> Self {
        let options = Options {
            clock: Arc::new(SystemClock::new()),
            rng: Arc::new(SystemRng),
            cursor_key: CursorKey::new(&[7; 32]),
        };
        let location = Location::Sqlite(file.to_owned());
        let store = Store::open(&Console::for_tests(), &location, collections![Note], options).await.unwrap();
        Self { notes: store.collection().unwrap(), store }
    }

    async fn add(&self, note: Note) -> Result<NoteId, StoreError> {
        let id = NoteId::generate(&SystemClock::new(), &SystemRng);
        self.store.commit(Batch::new().insert(&id, note)).await?;
        Ok(id)
    }

    async fn list(&self, by: &Reach<UserRead>, page: &PageRequest) -> Result<Page<Stored<Note>>, StoreError> {
        match by.scope() {
            Scope::Own(author) => self.notes.find(Note::BY_AUTHOR.matching(&author)).page(page).await,
            Scope::Everybody => self.notes.find(Note::ALL.all()).page(page).await,
        }
    }

    async fn get(&self, by: &Reach<UserRead>, id: NoteId) -> Result<Stored<Note>, AppError> {
        by.within(self.notes.get(&id).await?).ok_or_else(|| AppError::new(&codes::NOT_FOUND))
    }

    async fn delete(&self, by: &Reach<UserRead>, id: NoteId) -> Result<(), AppError> {
        let note = self.get(by, id).await?;
        self.store.commit(Batch::new().delete(&note)).await?;
        Ok(())
    }
}

input! {
    /// A note to keep.
    struct WriteNote {
        body {
            text: Text,
            tags: Option<Tags>,
            stars: Stars,
            due_at as "dueAt": Option<DueAt>,
            color: Color,
            is_pinned as "isPinned": Option<bool>,
        }
    }
}

input! {
    /// The notes to list.
    struct ListNotes {} with page
}

input! {
    /// One note.
    struct NotePath {
        path { id: NoteId }
    }
}

view! {
    /// A note.
    struct NoteView = "Note" {
        /// Its id.
        id: NoteId,
        /// Its text.
        text: Text,
        /// Its tags.
        tags: Tags,
        /// How important it is.
        stars: Stars,
        /// When it is due.
        due_at as "dueAt": Option<DueAt>,
        /// Its color.
        color: Color,
        /// Whether it stays on top.
        is_pinned as "isPinned": bool,
    }
}

fn shown(id: NoteId, note: Note) -> NoteView {
    let Note { author: _, text, tags, stars, due_at, color, is_pinned } = note;
    NoteView { id, text, tags, stars, due_at, color, is_pinned }
}

async fn write(notes: Notes, by: AuthenticatedUser, input: WriteNote) -> Result<Created<NoteView>, AppError> {
    let WriteNote { text, tags, stars, due_at, color, is_pinned } = input;
    let (tags, is_pinned) = (tags.unwrap_or_default(), is_pinned.unwrap_or_default());
    let note = Note { author: by.user_id(), text, tags, stars, due_at, color, is_pinned };
    let id = notes.add(note.clone()).await?;
    Ok(Created::new(shown(id, note)))
}

async fn all(notes: Notes, by: Reach<UserRead>, input: ListNotes) -> Result<Paginated<NoteView>, AppError> {
    let page = notes.list(&by, &input.page).await?;
    Ok(Paginated::new(page.map(|read| shown(*read.id(), read.into_value()))))
}

async fn show(notes: Notes, by: Reach<UserRead>, input: NotePath) -> Result<Success<NoteView>, AppError> {
    let read = notes.get(&by, input.id).await?;
    Ok(Success::new(shown(*read.id(), read.into_value())))
}

async fn throw_away(notes: Notes, by: Reach<UserRead>, input: NotePath) -> Result<Success<Empty>, AppError> {
    notes.delete(&by, input.id).await?;
    Ok(Success::new(Empty {}))
}

const NOTES: &str = "/api/v1/notes";

/// A server that keeps notes, too.
async fn world(folder: &Path) -> World {
    let notes = Notes::open(&folder.join("notes.db")).await;
    let one = "/notes/{id}";
    let routes = Routes::new()
        .add(
            post("/notes").limit(NORMAL).session().input::<WriteNote>().handle(write).summary("Keep a note."),
        )
        .add(
            get("/notes")
                .limit(NORMAL)
                .owner_or::<UserRead>()
                .input::<ListNotes>()
                .handle(all)
                .summary("Notes."),
        )
        .add(get(one).limit(NORMAL).owner_or::<UserRead>().input::<NotePath>().handle(show).summary("One."))
        .add(
            delete(one)
                .limit(NORMAL)
                .owner_or::<UserRead>()
                .input::<NotePath>()
                .handle(throw_away)
                .summary("Throw one away."),
        );
    World::of(&Product::PALISADE).also(|mount| mount.at("/api/v1", routes, notes)).await
}

fn note(text: &str) -> Value {
    json!({"text": text, "stars": 3, "color": "blue"})
}

fn ids(answer: &Value) -> Vec<String> {
    let notes = answer.as_array().unwrap().iter();
    notes.map(|note| note["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_person_reaches_their_own_things_and_the_permission_those_of_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (mut ada, mut bob) = (world.user("ada@example.org").await, world.user("bob@example.org").await);
    let mut root = world.super_admin("root@example.org").await;
    let id = |answer: &Value| answer.as_str().unwrap().to_owned();
    let of_ada = id(&ada.post(NOTES, note("of Ada")).await.at("/data/id"));
    let of_bob = id(&bob.post(NOTES, note("of Bob")).await.at("/data/id"));

    assert_eq!(ids(&ada.get(NOTES).await.at("/data/items")), [&*of_ada]);
    assert_eq!(ids(&bob.get(NOTES).await.at("/data/items")), [&*of_bob]);
    assert_eq!(ids(&root.get(NOTES).await.at("/data/items")), [&*of_bob, &*of_ada]);
    let path = |id: &str| format!("{NOTES}/{id}");
    assert_eq!(ada.get(&path(&of_ada)).await.at("/data/text"), json!("of Ada"));
    assert_eq!(root.get(&path(&of_ada)).await.at("/data/text"), json!("of Ada"));

    assert_eq!(bob.delete(&path(&of_ada)).await.status, 404);
    assert_eq!(ada.get(&path(&of_ada)).await.status, 200, "it is still there");
    assert_eq!(ada.delete(&path(&of_ada)).await.status, 200);
    assert_eq!(root.delete(&path(&of_bob)).await.status, 200);
    assert_eq!(root.get(NOTES).await.at("/data/items"), json!([]));
    assert_eq!(world.browser().get(NOTES).await.status, 401, "whoever is nobody reaches nothing");
}

#[tokio::test]
async fn a_thing_of_somebody_else_is_answered_as_one_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (mut ada, mut bob) = (world.user("ada@example.org").await, world.user("bob@example.org").await);
    let of_ada = ada.post(NOTES, note("of Ada")).await.at("/data/id").as_str().unwrap().to_owned();
    let nobodys = NoteId::generate(&SystemClock::new(), &SystemRng);
    for method in ["GET", "DELETE"] {
        let mut answers = Vec::new();
        for id in [of_ada.clone(), nobodys.to_string()] {
            let path = format!("{NOTES}/{id}");
            let answer = if method == "GET" { bob.get(&path).await } else { bob.delete(&path).await };
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
            answers.push(answer.at("/error"));
        }
        assert_eq!(answers.first(), answers.last(), "{method}");
    }
}

#[tokio::test]
async fn the_document_and_the_list_of_routes_say_who_may_call() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let document = world.browser().get("/api/v1/openapi.json").await;
    let document: Value = serde_json::from_str(&document.body).unwrap();
    let show = &document["paths"]["/api/v1/notes/{id}"]["get"];
    let said = show["description"].as_str().unwrap();
    let expected = "Requires a session, and reaches what belongs to the caller; with the permission `USER_READ`, what belongs \
                    to anybody.";
    assert!(said.starts_with(expected), "{said}");
    assert!(show["responses"].get("404").is_some(), "{show}");
    let fields = &document["components"]["schemas"]["WriteNoteBody"]["properties"];
    assert_eq!(fields["stars"], json!({"type": "integer", "minimum": 1, "maximum": 5}));
    assert_eq!(fields["isPinned"], json!({"type": "boolean"}));
    assert_eq!((&fields["tags"]["maxItems"], &fields["tags"]["uniqueItems"]), (&json!(3), &json!(true)));
    assert_eq!(fields["dueAt"]["format"], json!("date-time"));
    assert_eq!(fields["color"]["enum"], json!(["yellow", "blue"]));
}

#[tokio::test]
async fn every_mistake_is_named_with_its_field_and_its_element() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let mut ada = world.user("ada@example.org").await;
    let odd = json!({
        "text": "fine", "tags": ["a", "", 7], "stars": "3", "dueAt": "1999-12-31T23:59:59Z", "color": "red", "isPinned": 1,
    });
    let answer = ada.post(NOTES, odd).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let details = answer.at("/error/details");
    let named = details.as_array().unwrap().iter();
    let named: Vec<_> =
        named.map(|detail| (detail["field"].as_str().unwrap(), detail["code"].as_str().unwrap())).collect();
    let expected = [
        ("tags[1]", "too_short"),
        ("tags[2]", "invalid_type"),
        ("stars", "invalid_type"),
        ("dueAt", "out_of_range"),
        ("color", "not_allowed"),
        ("isPinned", "invalid_type"),
    ];
    assert_eq!(named, expected);
    let twice = json!({"text": "fine", "tags": ["a", "a"], "stars": 5, "color": "blue"});
    assert_eq!(ada.post(NOTES, twice).await.at("/error/details/0/field"), json!("tags[1]"));
    assert_eq!(ada.get(NOTES).await.at("/data/items"), json!([]), "nothing was kept");

    let full = json!({
        "text": "fine", "tags": ["b", "a"], "stars": 5.0, "dueAt": "2026-01-31T12:00:00Z", "color": "blue", "isPinned": true,
    });
    let kept = ada.post(NOTES, full).await.at("/data");
    let expected = json!({
        "id": kept["id"], "text": "fine", "tags": ["b", "a"], "stars": 5, "dueAt": "2026-01-31T12:00:00.000Z",
        "color": "blue", "isPinned": true,
    });
    assert_eq!(kept, expected);
    let path = format!("{NOTES}/{}", kept["id"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.at("/data"), expected, "it is read as it was written");
}

#[tokio::test]
async fn a_hostile_value_is_refused_by_name_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let mut ada = world.user("ada@example.org").await;
    let many = format!("[{}]", vec!["\"a\""; 10_000].join(","));
    let refused: [(&str, &str, &str); 33] = [
        ("stars", "0", "stars:out_of_range"),
        ("stars", "-0", "stars:out_of_range"),
        ("stars", "6", "stars:out_of_range"),
        ("stars", "1e300", "stars:out_of_range"),
        ("stars", "9223372036854775808", "stars:out_of_range"),
        ("stars", "-9223372036854775809", "stars:out_of_range"),
        ("stars", "99999999999999999999999999999999999999999", "stars:out_of_range"),
        ("stars", "1.5", "stars:invalid_type"),
        ("stars", "1e-5", "stars:invalid_type"),
        ("stars", "\"3\"", "stars:invalid_type"),
        ("stars", "null", "stars:invalid_type"),
        ("stars", "true", "stars:invalid_type"),
        ("stars", "[3]", "stars:invalid_type"),
        ("stars", "{}", "stars:invalid_type"),
        ("tags", &many, "tags:too_long"),
        ("tags", "null", "tags:invalid_type"),
        ("tags", "{}", "tags:invalid_type"),
        ("tags", "\"a\"", "tags:invalid_type"),
        ("tags", "[[\"a\"]]", "tags[0]:invalid_type"),
        ("tags", "[null]", "tags[0]:invalid_type"),
        ("tags", "[\"a\",\"\\u0061\"]", "tags[1]:not_allowed"),
        ("tags[0]", "\"a\"", "tags[0]:unknown_field"),
        ("dueAt", "null", "dueAt:invalid_type"),
        ("dueAt", "1769860800000", "dueAt:invalid_type"),
        ("dueAt", "\"2026-01-31T12:00:00+00:00\"", "dueAt:invalid_format"),
        ("dueAt", "\"2016-12-31T23:59:60Z\"", "dueAt:invalid_format"),
        ("dueAt", "\"10000-01-01T00:00:00Z\"", "dueAt:invalid_format"),
        ("dueAt", "\"9999-12-31T23:59:59Z\"", "dueAt:out_of_range"),
        ("color", "\"Blue\"", "color:not_allowed"),
        ("color", "\"blue\\u0000\"", "color:not_allowed"),
        ("color", "0", "color:invalid_type"),
        ("isPinned", "null", "isPinned:invalid_type"),
        ("isPinned", "\"true\"", "isPinned:invalid_type"),
    ];
    let headers = [("Content-Type", "application/json")];
    for (field, value, complaint) in refused {
        let fields = [("text", "\"fine\""), ("stars", "3"), ("color", "\"blue\"")];
        let others = fields.iter().filter(|(name, _)| *name != field);
        let others: Vec<_> = others.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let body = format!("{{\"{field}\":{value},{}}}", others.join(","));
        let answer = ada.send("POST", NOTES, &headers, body.as_bytes()).await;
        let shown: String = value.chars().take(60).collect();
        assert_eq!(answer.details(), [complaint], "{field} {shown}: {}", answer.body);
    }
    for (body, message) in [
        (r#"{"text":"fine","stars":1e400,"color":"blue"}"#, "A number is too large (line 1, column 28)"),
        (r#"{"text":"fine","stars":3,"stars":3,"color":"blue"}"#, "A key appears twice in one object"),
        (r#"{"tags":[[[[[[[[["a"]]]]]]]]]}"#, "The body nests too deep"),
        (r#"{"text":"fine","stars":+3}"#, "The body is not valid JSON (line 1, column 24)"),
        (r#"{"text":"fine","stars":NaN}"#, "The body is not valid JSON (line 1, column 24)"),
    ] {
        let answer = ada.send("POST", NOTES, &headers, body.as_bytes()).await;
        let answered = (answer.status, answer.at("/error/message"));
        assert_eq!(answered, (400, json!(message)), "{body}");
    }
    assert_eq!(ada.get(NOTES).await.at("/data/items"), json!([]), "nothing was kept");
    let body = br#"{"text":"fine","stars":3.0e0,"color":"blue","dueAt":"2026-01-31T12:00:00.5Z"}"#;
    let kept = ada.send("POST", NOTES, &headers, body).await;
    assert_eq!((kept.status, kept.at("/data/stars")), (201, json!(3)), "{}", kept.body);
    assert_eq!(kept.at("/data/dueAt"), json!("2026-01-31T12:00:00.500Z"));
}
