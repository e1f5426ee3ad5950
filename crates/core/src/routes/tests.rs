//! Mistakes that types cannot refuse are refused at mounting, each with the route that made it.

#![expect(dead_code, unreachable_pub, reason = "what is declared here is mounted, never called")]

use super::*;
use crate::errors::AppError;
use crate::identity::{AuthenticatedUser, FreshGranted, FreshUser, UserId, Visitor};
use crate::input::Nothing;
use crate::limits::{LOGIN, NORMAL, PASSWORD, RELAXED};
use crate::middlewares::rate_limit::LimitSubject;
use crate::output::{Accepted, Paginated};
use crate::utils::pagination::{Page, PageSize};

crate::text! { pub Title, 1..=100 characters, |text| Ok(text); }

crate::input! {
    /// One book.
    struct BookPath {
        path { id: UserId }
    }
}

crate::input! {
    /// A book to be.
    struct WriteBook {
        body { title: Title }
    }
}

crate::list! { pub Titles of Title, 0..=3; }

crate::input! {
    /// The books with these titles.
    struct FindBooks {
        query { titles: Option<Titles> }
    }
}

crate::input! {
    /// A book to be burnt.
    struct BurnBook {
        body { title: Option<Title> }
    }
}

impl crate::input::CarriesPassword for BurnBook {
    fn presented_password(&self) -> Option<&crate::utils::crypto::secret::SecretString> {
        None
    }
}

crate::view! {
    /// A book.
    struct BookView = "Book" {
        /// Its title.
        title: String,
    }
}

crate::permissions! {
    pub CATALOGUE;
    BookBurn = "BOOK_BURN", "burn books";
}

fn subject<I>(_: &I) -> LimitSubject {
    LimitSubject::account("ada@example.org")
}

async fn visited<I>((): (), _: Visitor, _: I) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn signed_in<I>((): (), _: AuthenticatedUser, _: I) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

fn mistakes(prefix: &str, routes: impl IntoIterator<Item = Route<()>>) -> Vec<String> {
    let routes = routes.into_iter().fold(Routes::new(), Routes::add);
    match Mount::new().at(prefix, routes, ()).finish() {
        Ok(_) => Vec::new(),
        Err(MountError(mistakes)) => mistakes,
    }
}

#[test]
fn a_list_is_read_from_a_body() {
    let route = get("/books").limit(NORMAL).public().input::<FindBooks>().handle(visited);
    let expected =
        "GET /books: reads the list `titles` from the path or the query; a list is read from the body";
    assert_eq!(mistakes("", [route]), [expected]);
}

#[test]
fn routes_that_keep_the_rules_are_mounted() {
    let routes = [
        get("/books/{id}").limit(NORMAL).public().input::<BookPath>().handle(visited),
        patch("/books/{id}").limit(NORMAL).session().input::<BookPath>().handle(signed_in),
        post("/login").limit(LOGIN).public().input::<WriteBook>().limit_by(subject).handle(visited),
        get("/public/books").limit(RELAXED).public().no_input().handle(visited),
    ];
    assert_eq!(mistakes("/api/v1", routes), [""; 0]);
}

#[test]
fn a_list_reads_which_page_is_wanted() {
    let list = |(): (), _: Visitor, _: Nothing| async {
        let page: Page<BookView> = Page { items: Vec::new(), limit: PageSize::default(), next: None };
        Ok::<_, AppError>(Paginated::new(page))
    };
    let found = mistakes("", [get("/books").limit(NORMAL).public().no_input().handle(list)]);
    assert!(found[0].contains("declare it `with page`"), "{found:?}");
}

#[test]
fn a_route_that_compares_a_password_bounds_guesses() {
    let fresh = |policy| {
        let route = delete("/books").limit(policy).fresh().input::<BurnBook>();
        route.handle(|(), _: FreshUser, _: BurnBook| async { Ok::<_, AppError>(Accepted::new()) })
    };
    let permitted = |policy| {
        let route = delete("/books").limit(policy).requires_fresh::<BookBurn>().input::<BurnBook>();
        route
            .handle(|(), _: FreshGranted<BookBurn>, _: BurnBook| async { Ok::<_, AppError>(Accepted::new()) })
    };
    assert_eq!(mistakes("", [fresh(PASSWORD)]), [""; 0]);
    assert_eq!(mistakes("", [permitted(PASSWORD)]), [""; 0]);
    for policy in [NORMAL, RELAXED, LOGIN] {
        for route in [fresh(policy), permitted(policy)] {
            let found = mistakes("", [route]);
            assert!(found[0].contains("does not bound what one user can guess"), "{found:?}");
        }
    }
}

#[test]
fn an_input_that_reads_what_the_template_lacks_is_not_mounted() {
    let route = get("/books").limit(NORMAL).public().input::<BookPath>().handle(visited);
    assert_eq!(
        mistakes("/api/v1", [route]),
        ["GET /api/v1/books: the input reads `id` from the path, but the template has no `{id}`"]
    );
}

#[test]
fn a_template_with_what_the_input_does_not_read_is_not_mounted() {
    let route = delete("/books/{id}").limit(NORMAL).public().no_input().handle(visited);
    assert_eq!(
        mistakes("/api/v1", [route]),
        [
            "DELETE /api/v1/books/{id}: the template has `{id}`, but the input does not read `id` from the path"
        ]
    );
}

#[test]
fn a_template_and_an_input_with_different_names_are_told_both() {
    let route = get("/books/{book}").limit(NORMAL).public().input::<BookPath>().handle(visited);
    assert_eq!(
        mistakes("", [route]),
        [
            "GET /books/{book}: the input reads `id` from the path, but the template has no `{id}`",
            "GET /books/{book}: the template has `{book}`, but the input does not read `book` from the path",
        ]
    );
}

#[test]
fn a_route_is_mounted_once() {
    let route = || put("/books").limit(NORMAL).public().no_input().handle(visited);
    assert_eq!(mistakes("/api/v1", [route(), route()]), ["PUT /api/v1/books: mounted twice"]);
}

#[test]
fn two_products_cannot_mount_one_path_and_method() {
    let route = || Routes::new().add(get("/books").limit(NORMAL).public().no_input().handle(visited));
    let mounted = Mount::new().at("/api/v1", route(), ()).at("/api/v1", route(), ());
    let said = mounted.finish().map(drop).map_err(|error| error.to_string());
    assert_eq!(
        said,
        Err("the routes cannot be mounted:\n  GET /api/v1/books: mounted twice".to_owned()),
        "every mistake is in what the operator reads"
    );
}

#[test]
fn one_path_serves_several_methods() {
    let routes = [
        get("/books").limit(NORMAL).public().no_input().handle(visited),
        post("/books").limit(NORMAL).public().no_input().handle(visited),
    ];
    assert_eq!(mistakes("/api/v1", routes), [""; 0]);
}

#[test]
fn a_get_with_a_body_is_not_mounted() {
    let route = get("/books").limit(NORMAL).public().input::<WriteBook>().handle(visited);
    assert_eq!(mistakes("/api/v1", [route]), ["GET /api/v1/books: a GET has no body; read from the query"]);
}

#[test]
fn a_form_that_any_site_may_post_can_do_nothing_but_redirect() {
    use crate::output::{Redirect, WithCookies};
    async fn sent_on<I>((): (), _: Visitor, _: I) -> Result<Redirect, AppError> {
        Redirect::to_path("/")
    }
    async fn marked<I>((): (), _: Visitor, _: I) -> Result<WithCookies<Redirect>, AppError> {
        Ok(Redirect::to_path("/")?.with_cookies([]))
    }
    async fn signed_in_and_sent_on<I>((): (), _: AuthenticatedUser, _: I) -> Result<Redirect, AppError> {
        Redirect::to_path("/")
    }
    let form = || cross_site_form("/books").limit(NORMAL);
    let says = |route| mistakes("/api/v1", [route]);
    assert_eq!(says(form().public().input::<WriteBook>().handle(sent_on)), [""; 0]);
    let refused = [
        "POST /api/v1/books: any site may post this form, so it must be public, read no cookie, and answer with a redirect that \
         sets none",
    ];
    assert_eq!(says(form().public().input::<WriteBook>().handle(visited)), refused);
    assert_eq!(says(form().public().input::<WriteBook>().handle(marked)), refused);
    assert_eq!(says(form().session().input::<WriteBook>().handle(signed_in_and_sent_on)), refused);
}

#[test]
fn what_lies_under_public_is_public_and_relaxed() {
    let says = |route| mistakes("/api/v1", [route]);
    let refused = ["GET /api/v1/public/books: a path under /public/ must be public and relaxed"];
    assert_eq!(says(get("/public/books").limit(NORMAL).public().no_input().handle(visited)), refused);
    assert_eq!(says(get("/public/books").limit(RELAXED).session().no_input().handle(signed_in)), refused);
}

#[test]
fn a_policy_that_counts_accounts_needs_an_input_that_names_one() {
    let route = post("/login").limit(LOGIN).public().input::<WriteBook>().handle(visited);
    assert_eq!(
        mistakes("/api/v1", [route]),
        [
            "POST /api/v1/login: the policy `login` counts accounts, but the input names none: name it with `limit_by`"
        ]
    );
}

#[test]
fn an_account_is_named_only_to_a_policy_that_counts_accounts() {
    let route = post("/books").limit(NORMAL).public().input::<WriteBook>().limit_by(subject).handle(visited);
    assert_eq!(
        mistakes("/api/v1", [route]),
        ["POST /api/v1/books: `limit_by` names an account, but the policy `normal` counts none"]
    );
}

#[test]
fn an_attempt_at_an_account_is_nothing_that_a_page_can_make_a_browser_send() {
    let route =
        get("/books/{id}").limit(LOGIN).public().input::<BookPath>().limit_by(subject).handle(visited);
    let says = mistakes("/api/v1", [route]);
    assert!(
        matches!(says.as_slice(), [said] if said.starts_with("GET /api/v1/books/{id}: an attempt on an account must not be a GET")),
        "{says:?}"
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let routes = [
        get("/books").limit(NORMAL).public().input::<WriteBook>().handle(visited),
        get("/books/{id}").limit(NORMAL).public().no_input().handle(visited),
    ];
    assert_eq!(mistakes("", routes).len(), 2);
}
