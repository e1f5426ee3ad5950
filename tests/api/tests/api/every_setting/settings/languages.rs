//! The languages of pages and mails.

use palisade_api_tests::World;

use super::register;

#[tokio::test]
async fn default_locale_is_the_language_of_whoever_asks_for_none() {
    for (tag, subject) in [
        ("en", "Confirm your email address for Palisade"),
        ("de", "Bestätigen Sie Ihre E-Mail-Adresse für Palisade"),
    ] {
        let world = World::set(&[("DEFAULT_LOCALE", tag)]).await;
        let page = world.program().get("/account/forgot").await;
        assert_eq!(page.header("content-language"), Some(tag));
        register(&world, "ada@example.org").await;
        assert_eq!(world.mail_to("ada@example.org").await["subject"], subject);
    }
}

#[tokio::test]
async fn locales_dir_is_where_an_operators_texts_are() {
    for title in ["Lost it?", "Looking for a key?"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("en.ftl"), format!("page-forgot-title = {title}")).unwrap();
        let world = World::set(&[("LOCALES_DIR", folder.path().to_str().unwrap())]).await;
        let page = world.program().get("/account/forgot").await.body;
        assert!(page.contains(title), "{page}");
    }
}
