//! A library: a small API with a route of every kind.

#![expect(dead_code, unreachable_pub, reason = "what is declared here is described, never called")]

use crate::cookies::CookieKind;
use crate::identity::{AuthenticatedUser, Granted, Guest, Local, RefreshHolder, Visitor};
use crate::limits::{MAIL, NORMAL, REFRESH, RELAXED, TOKEN};
use crate::output::{
    Accepted, BuiltInPage, Created, Document as Plain, Empty, PageOrList, Paginated, Redirect, Success,
    WithCookies,
};
use crate::routes::{Mount, Mounts, Routes, delete, get, post, put};
use crate::values::Configured;

crate::error_codes! { CODES; BOOK_GONE = 409, "The book is gone", "Somebody else has `borrowed` it."; }

crate::permissions! { PERMISSIONS; BookWrite = "BOOK_WRITE", "change books"; }

crate::text! {
    BookTitle, 1..=200 characters, schema |schema| schema.describe("As on the <cover>."), |text| Ok(text);
    SecretWord, 8..=128 characters, schema |schema| schema.configured(Configured::PasswordMinLength), |text| Ok(text);
    BookId, 4..=40 characters, schema |schema| schema.pattern("^bok_[0-9a-z]+$").example("bok_1"), |text| Ok(text);
}

struct Ticket;

impl crate::input::CookieField for Ticket {
    const KIND: CookieKind = CookieKind::Registration;
    fn from_cookie(_: String) -> Self {
        Self
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket")
    }
}

crate::input! { struct AddBook { body { title: BookTitle, subtitle as "subTitle": Option<BookTitle> } cookie { ticket: Ticket } } }

crate::input! { struct ListBooks { query { title: Option<BookTitle> } } with page }

crate::input! { struct WhichBook { path { id: BookId } } }

crate::input! { struct Lend { body { word: SecretWord } } }

crate::input! { struct Retitle { path { id: BookId } body { title: Option<BookTitle> } } }

crate::view! { struct AuthorView = "Author" { name: String, } }

crate::view! {
    /// A book.
    struct BookView = "Book" {
        /// What is on the cover.
        title: String,
        author: AuthorView,
        editors: Vec<AuthorView>,
        lent_to as "lentTo": Option<AuthorView>,
        sold_at? as "soldAt": crate::system::time::Timestamp,
    }
}

// Another shape under a used name.
crate::view! { struct OtherView = "Author" { pages: i64, } }

crate::view! { struct OddView = "Odd" { other: OtherView, } }

#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
async fn unreachable<T>() -> Result<T, crate::errors::AppError> {
    Err(crate::errors::AppError::internal("this handler is only described"))
}

fn routes() -> Routes<()> {
    Routes::new()
        .add(
            get("/books")
                .limit(RELAXED)
                .public()
                .input::<ListBooks>()
                .handle(async |(), _: Visitor, _: ListBooks| unreachable::<Paginated<BookView>>().await)
                .summary("Lists <books>"),
        )
        .add(
            post("/books")
                .limit(NORMAL)
                .requires::<BookWrite>()
                .input::<AddBook>()
                .handle(async |(), _: Granted<BookWrite>, _: AddBook| {
                    unreachable::<Created<BookView>>().await
                })
                .summary("Adds a book")
                .errors(CODES),
        )
        .add(
            get("/books/{id}")
                .limit(NORMAL)
                .optional()
                .input::<WhichBook>()
                .handle(async |(), _: Guest, _: WhichBook| unreachable::<Success<BookView>>().await),
        )
        .add(
            put("/books/{id}").limit(NORMAL).session().input::<Retitle>().handle(
                async |(), _: AuthenticatedUser, _: Retitle| unreachable::<Success<BookView>>().await,
            ),
        )
        .add(
            delete("/books/{id}").limit(NORMAL).requires::<BookWrite>().input::<WhichBook>().handle(
                async |(), _: Granted<BookWrite>, _: WhichBook| unreachable::<Success<Empty>>().await,
            ),
        )
        .add(
            post("/books-by-mail")
                .limit(MAIL)
                .public()
                .no_input()
                .handle(async |(), _: Visitor, _: crate::input::Nothing| unreachable::<Accepted>().await),
        )
        .add(
            post("/auth/refresh")
                .limit(REFRESH)
                .refresh_cookie()
                .no_input()
                .handle(async |(), _: RefreshHolder, _: crate::input::Nothing| {
                    unreachable::<WithCookies<Success<Empty>>>().await
                })
                .clearing_cookies(CODES),
        )
        .add(
            get("/inside")
                .limit(RELAXED)
                .loopback()
                .no_input()
                .handle(async |(), _: Local, _: crate::input::Nothing| unreachable::<BuiltInPage>().await),
        )
        .add(get("/odd").limit(NORMAL).session().no_input().handle(
            async |(), _: AuthenticatedUser, _: crate::input::Nothing| {
                unreachable::<Success<OddView>>().await
            },
        ))
        .add(
            get("/openapi.json")
                .limit(RELAXED)
                .public()
                .no_input()
                .handle(async |(), _: Visitor, _: crate::input::Nothing| unreachable::<Plain>().await),
        )
        .add(
            post("/lend")
                .limit(TOKEN)
                .public()
                .input::<Lend>()
                .handle(async |(), _: Visitor, _: Lend| unreachable::<Accepted>().await),
        )
        .add(
            get("/shelf")
                .limit(TOKEN)
                .public()
                .input::<ListBooks>()
                .handle(async |(), _: Visitor, _: ListBooks| unreachable::<PageOrList<BookView>>().await),
        )
        .add(
            get("/go")
                .limit(TOKEN)
                .public()
                .no_input()
                .handle(async |(), _: Visitor, _: crate::input::Nothing| unreachable::<Redirect>().await),
        )
}

fn pages() -> Routes<()> {
    Routes::new().add(
        get("/books")
            .limit(RELAXED)
            .public()
            .no_input()
            .handle(async |(), _: Visitor, _: crate::input::Nothing| unreachable::<BuiltInPage>().await),
    )
}

pub(super) fn mounted(backwards: bool) -> Mounts {
    let mount = Mount::new();
    let mount = if backwards {
        mount.at("", pages(), ()).at("/api/v1", routes(), ())
    } else {
        mount.at("/api/v1", routes(), ()).at("", pages(), ())
    };
    mount.finish().expect("these routes can be mounted")
}
