//! `palisade new`: what it refuses, and that it never changes what is there. `cargo xtask new-product` builds what it writes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::fs;
use std::path::Path;
use std::process::Command;

use palisade_api_tests::binary;
use tempfile::TempDir;

/// Runs `palisade new …` in this folder, and returns whether it succeeded and what it said.
fn new(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(binary::path());
    command.arg("new").args(arguments).current_dir(folder).env_clear();
    let ran = command.output().unwrap();
    (ran.status.success(), String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned())
}

fn checkout() -> String {
    format!("{}/../..", env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the product `shop` in it.
fn with_product() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (succeeded, said) = new(folder.path(), &["product", "shop", "--palisade", &checkout()]);
    assert!(succeeded && said.contains("src/notes/service.rs") && said.contains("cargo test"), "{said}");
    folder
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join("shop").join(path)).unwrap()
}

#[test]
fn a_product_has_what_does_not_travel_with_a_dependency() {
    let folder = with_product();
    let manifest = read(&folder, "Cargo.toml");
    for line in [
        "unsafe_code = \"forbid\"",
        "unwrap_used = \"deny\"",
        "[profile.dev.package.palisade-bcrypt]",
        "opt-level = 3",
    ] {
        assert!(manifest.lines().any(|other| other == line), "{line}: {manifest}");
    }
    assert!(manifest.contains("/crates/test\""), "{manifest}");
    let toolchain = fs::read_to_string(format!("{}/rust-toolchain.toml", checkout())).unwrap();
    assert_eq!(read(&folder, "rust-toolchain.toml"), toolchain);
    assert!(read(&folder, ".gitignore").lines().any(|line| line == ".env"));
    assert!(read(&folder, ".env.example").lines().any(|line| line == "#APP_NAME=Shop"));
}

/// The lines of a manifest between two headers, without comments.
fn lines<'a>(manifest: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    let part = manifest.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let mut lines: Vec<&str> =
        part.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_product_has_the_lints_and_the_release_of_rust_of_palisade() {
    let folder = with_product();
    let (theirs, ours) =
        (read(&folder, "Cargo.toml"), fs::read_to_string(format!("{}/Cargo.toml", checkout())).unwrap());
    for (their_end, our_end, table) in
        [("[lints.clippy]", "[workspace.lints.clippy]", "rust"), ("[profile.dev]", "[profile.dev]", "clippy")]
    {
        let mut their_lints = lines(&theirs, &format!("[lints.{table}]"), their_end);
        // Only a product has a value that ends with `..Product::PALISADE`.
        their_lints.retain(|line| *line != "needless_update = \"allow\"");
        assert_eq!(their_lints, lines(&ours, &format!("[workspace.lints.{table}]"), our_end));
    }
    let rust =
        |manifest: &str| manifest.lines().find(|line| line.starts_with("rust-version")).unwrap().to_owned();
    assert_eq!(rust(&theirs), rust(&ours));
}

#[test]
fn a_product_that_cannot_be_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let (here, nowhere) = (checkout(), folder.path().to_str().unwrap().to_owned());
    for (arguments, named) in [
        (&["product", "Shop", "--palisade", &here][..], "the product \"Shop\": write lower-case"),
        (&["product", "../shop", "--palisade", &here], "the product \"../shop\": write lower-case"),
        (&["product", "core", "--palisade", &here], "the product `core`: a package has this name"),
        (&["product", "mine", "--palisade", &here], "mine is there already"),
        (&["product", "shop"], "use --palisade"),
        (&["product", "shop", "--palisade", &nowhere], "no checkout of Palisade"),
        (&["product", "shop", "--palisade", "https://h/\"x"], "without quotes"),
        (&["product", "shop", "--palisade", &here, "--module", "users"], "the module `users`"),
    ] {
        let (succeeded, said) = new(folder.path(), arguments);
        assert!(!succeeded && said.contains(named), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("shop").exists());
    assert_eq!(fs::read_dir(folder.path().join("mine")).unwrap().count(), 0);
}

#[test]
fn palisade_can_be_at_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let address = "https://git.example.org/palisade";
    let (succeeded, said) = new(folder.path(), &["product", "shop", "--palisade", address]);
    assert!(succeeded, "{said}");
    let line = format!("palisade-lib = {{ git = \"{address}\" }}");
    assert!(read(&folder, "Cargo.toml").lines().any(|other| other == line));
}

#[test]
fn a_module_is_named_where_the_product_lists_its_modules() {
    let folder = with_product();
    let shop = folder.path().join("shop");
    let (succeeded, said) = new(&shop, &["module", "blog_posts", "--field", "due_at:time"]);
    assert!(succeeded && said.contains("Added it to src/lib.rs"), "{said}");
    let (library, routes) = (read(&folder, "src/lib.rs"), read(&folder, "src/routes.rs"));
    assert!(library.contains("mod blog_posts;\nmod notes;\n"), "{library}");
    assert!(library.contains("        notes::Note,\n        blog_posts::BlogPost,\n"), "{library}");
    assert!(routes.contains("mount.beside(blog_posts::mount(resources)?)"), "{routes}");
    assert!(read(&folder, "src/routes/blog_posts.rs").contains("\"/blog-posts/{id}\""));
    assert!(read(&folder, "src/blog_posts/types.rs").contains("due_at as \"dueAt\": BlogPostDueAt"));
}

#[test]
fn a_module_that_cannot_be_is_refused_and_nothing_is_changed() {
    let folder = with_product();
    let shop = folder.path().join("shop");
    let before = (read(&folder, "src/lib.rs"), read(&folder, "src/routes.rs"));
    for (arguments, named) in [
        (&["module", "Things"][..], "the module \"Things\": write lower-case"),
        (&["module", "type"], "Rust keeps this word"),
        (&["module", "sessions"], "a name of Palisade's"),
        (&["module", "permissions"], "there is a route /api/v1/permissions already"),
        (&["module", "routes"], "a file of the product has this name"),
        (&["module", "pages"], "the item `page`: another type is called `Page` already"),
        (&["module", "members", "--item", "user"], "`--item shop_user`"),
        (&["module", "types"], "the item `type`: Rust keeps"),
        (&["module", "notes"], "src/notes/mod.rs is there already"),
        (&["module", "things", "--field", "title"], "write NAME:TYPE"),
        (&["module", "things", "--field", "a:text", "--field", "a:bool"], "the field `a` is there twice"),
        (&["module", "things", "--field", "id:text"], "every module has this name already"),
    ] {
        let (succeeded, said) = new(&shop, arguments);
        assert!(!succeeded && said.contains(named), "{arguments:?}: {said}");
    }
    assert_eq!((read(&folder, "src/lib.rs"), read(&folder, "src/routes.rs")), before);
    assert!(!shop.join("src/things").exists());
    let (succeeded, said) = new(folder.path(), &["module", "things"]);
    assert!(!succeeded && said.contains("Cargo.toml"), "{said}");
}

#[test]
fn without_a_marked_place_the_command_says_which_lines_to_add() {
    let folder = with_product();
    let file = folder.path().join("shop/src/routes.rs");
    let text = read(&folder, "src/routes.rs").replace("// `palisade new module` mounts", "// Here it mounts");
    fs::write(&file, &text).unwrap();
    let (succeeded, said) = new(&folder.path().join("shop"), &["module", "things"]);
    assert!(succeeded && said.contains("Added it to src/lib.rs"), "{said}");
    for line in
        ["src/routes.rs: mod things;", "src/routes.rs: let mount = mount.beside(things::mount(resources)?);"]
    {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(read(&folder, "src/routes.rs"), text);
}
