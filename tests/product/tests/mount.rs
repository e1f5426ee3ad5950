//! Routes that a product must not be able to mount.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{AuthenticatedUser, Console, Granted, Permission, UserId, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::{NORMAL, RELAXED};
use palisade_core::output::{Accepted, BuiltInPage, Document};
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_core::routes::{Mount, Mounted, Route, Routes, delete, get, post, put};
use palisade_lib::collections;
use palisade_lib::store::{CursorKey, Location, Options, Store};

palisade_core::input! {
    /// The path of one user.
    struct PersonPath {
        path { id: UserId }
    }
}

palisade_core::permissions! {
    /// The permissions of this product.
    pub CATALOGUE;
    NoteRead = "NOTE_READ", "read notes";
}

mod elsewhere {
    palisade_core::permissions! {
        /// A second list with a name that is taken.
        pub CATALOGUE;
        NoteRead = "NOTE_READ", "read notes";
    }
}

/// Routes as one of our modules declares them.
fn theirs() -> Routes<()> {
    Routes::new()
        .add(get("/users/me").limit(NORMAL).session().no_input().handle(signed_in))
        .add(get("/users/{id}").limit(NORMAL).session().input::<PersonPath>().handle(signed_in))
        .add(delete("/users/{id}").limit(NORMAL).session().input::<PersonPath>().handle(signed_in))
}

async fn visited<I>((): (), _: Visitor, _: I) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn signed_in<I>((): (), _: AuthenticatedUser, _: I) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn granted<P: Permission>((): (), _: Granted<P>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn keys<C>((): (), _: C, _: Nothing) -> Result<Document, AppError> {
    never().await
}

fn never<T>() -> impl Future<Output = Result<T, AppError>> + Send {
    std::future::pending()
}

/// The errors about a product's routes together with ours, in both orders.
fn beside_theirs(mine: impl Fn() -> Route<()>) -> Vec<String> {
    const V1: &str = "/api/v1";
    let mine = || Routes::new().add(mine());
    let behind = mistakes(Mount::new().at(V1, theirs(), ()).at(V1, mine(), ()));
    let before = mistakes(Mount::new().at(V1, mine(), ()).at(V1, theirs(), ()));
    assert_eq!(behind.len(), before.len(), "{behind:?} {before:?}");
    behind
}

fn mistakes(mount: Mount) -> Vec<String> {
    mount.finish().map_or_else(|error| error.0, |_| Vec::new())
}

#[test]
fn a_route_of_the_house_is_not_mounted_a_second_time() {
    let said = beside_theirs(|| get("/users/me").limit(RELAXED).public().no_input().handle(visited));
    assert_eq!(said, ["GET /api/v1/users/me: mounted twice"]);
}

#[test]
fn a_route_of_the_house_is_not_shadowed_by_one_that_fits_better() {
    for method in [get, post, put, delete] {
        let said =
            beside_theirs(|| method("/users/export").limit(RELAXED).public().no_input().handle(visited));
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("answers paths that GET /api/v1/users/{id} of another table"), "{said:?}");
    }
}

#[test]
fn a_route_of_the_house_is_not_shadowed_by_one_with_more_parameters() {
    let wide = || get("/{id}/me").limit(RELAXED).public().input::<PersonPath>().handle(visited);
    let said = beside_theirs(wide);
    assert!(said.iter().any(|said| said.contains("answers paths that GET /api/v1/users/me")), "{said:?}");
}

#[test]
fn one_table_may_fit_better_than_itself_and_another_method_may_join_a_path() {
    assert_eq!(mistakes(Mount::new().at("/api/v1", theirs(), ())), [""; 0]);
    let said =
        beside_theirs(|| put("/users/{id}").limit(NORMAL).session().input::<PersonPath>().handle(signed_in));
    assert_eq!(said, [""; 0]);
    for path in ["/notes", "/users", "/users/me/notes", "/Users/export"] {
        let said = beside_theirs(|| post(path).limit(NORMAL).public().no_input().handle(visited));
        assert_eq!(said, [""; 0], "{path}");
    }
}

#[test]
fn what_a_parameter_is_no_template_can_stretch() {
    palisade_core::input! {
        /// A wildcard path.
        struct Rest {
            path { rest as "*rest": UserId }
        }
    }
    let route = |path| get(path).limit(RELAXED).public().input::<Rest>().handle(visited);
    for path in ["/{*rest}", "/notes/{*rest}", "/notes/a{*rest}"] {
        let said = mistakes(Mount::new().at("", Routes::new().add(route(path)), ()));
        assert!(
            said.iter().any(|said| said.contains("is not a parameter; a parameter is a whole segment")),
            "{said:?}"
        );
    }
    let half = get("/notes/{id}.json").limit(RELAXED).public().input::<PersonPath>().handle(visited);
    let said = mistakes(Mount::new().at("", Routes::new().add(half), ()));
    assert!(said[0].contains("`{id}.json` is not a parameter"), "{said:?}");
}

#[test]
fn what_anyone_may_cache_is_public() {
    let says = |route| mistakes(Mount::new().at("", Routes::new().add(route), ()));
    assert_eq!(says(get("/keys").limit(RELAXED).public().no_input().handle(keys)), [""; 0]);
    let refused = [
        get("/keys").limit(NORMAL).session().no_input().handle(keys),
        get("/keys").limit(NORMAL).optional().no_input().handle(keys),
        get("/keys").limit(NORMAL).requires::<NoteRead>().no_input().handle(keys),
        get("/keys").limit(NORMAL).refresh_cookie().no_input().handle(keys),
        get("/keys").limit(NORMAL).loopback().no_input().handle(keys),
    ];
    for route in refused {
        let said = says(route);
        assert!(said[0].contains("GET /keys: answers with a document that anyone may cache"), "{said:?}");
    }
    // A page is never cached, because it may show data of the user.
    let page = async |(), _: AuthenticatedUser, _: Nothing| never::<BuiltInPage>().await;
    assert_eq!(says(get("/page").limit(NORMAL).session().no_input().handle(page)), [""; 0]);
}

#[test]
fn a_handler_does_not_query() {
    async fn query(_: (Store, ()), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
        Ok(Accepted::new())
    }
    let mount = |store: Store| {
        let routes = Routes::new().add(get("/notes").limit(NORMAL).public().no_input().handle(query));
        mistakes(Mount::new().at("/api/v1", routes, (store, ())))
    };
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = runtime.block_on(async { mount(opened(folder.path()).await) });
    let expected = "GET /api/v1/notes: its state is `(palisade_lib::store::handle::Store, ())`, with which a handler would \
                    query. Give these routes a service: a query is a method of its repository";
    assert_eq!(said, [expected]);
}

async fn opened(folder: &Path) -> Store {
    let location = Location::Sqlite(folder.join("notes.db"));
    let (clock, cursor_key) = (Arc::new(SystemClock::new()), CursorKey::new(&[7; 32]));
    let options = Options { clock, rng: Arc::new(SystemRng), cursor_key };
    Store::open(&Console::for_tests(), &location, collections![], options).await.unwrap()
}

#[test]
fn two_permissions_of_one_word_are_not_mounted() {
    let ours =
        || Routes::new().add(get("/a").limit(NORMAL).requires::<NoteRead>().no_input().handle(granted));
    let other = Routes::new()
        .add(get("/b").limit(NORMAL).requires::<elsewhere::NoteRead>().no_input().handle(granted));
    assert_eq!(
        mistakes(Mount::new().at("", ours(), ()).at("", other, ())),
        [
            "GET /b: requires the NOTE_READ of `mount::elsewhere`, and GET /a that of `mount`: a caller with one would have \
             both. Rename it, or require the existing one"
        ]
    );
    let same = Routes::new().add(get("/b").limit(NORMAL).requires::<NoteRead>().no_input().handle(granted));
    assert_eq!(mistakes(Mount::new().at("", ours(), ()).at("", same, ())), [""; 0]);
}

#[test]
fn what_was_mounted_says_what_was_declared() {
    let mounts = Mount::new().at("/api/v1", theirs(), ()).finish().unwrap();
    let paths: Vec<&str> = mounts.iter().map(Mounted::path).collect();
    assert_eq!(paths, ["/api/v1/users/me", "/api/v1/users/{id}", "/api/v1/users/{id}"]);
    assert_eq!(mounts.len(), 3);
}
