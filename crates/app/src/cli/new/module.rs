//! `palisade new module`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::Args;
use palisade_core::config::Env;
use palisade_core::utils::templates::TemplateContext;
use palisade_modules::product::belongs_to_palisade;

use super::fields::{Field, a};
use super::files::NewFiles;
use super::names::{camel, capital, check, singular, words};
use super::templates::{MODULE, ROUTES, TEST, templates};
use crate::cli::context::{Failure, Invocation};
use crate::cli::describe::mounted;
use crate::cli::terminal;

/// Names that a product has already.
const TAKEN: &[&str] = &["house", "lib", "main", "routes", "settings"];

/// Types that the sources of a module name, and `User`, whose id is that of Palisade.
const TAKEN_TYPES: &[&str] = &[
    "AppError",
    "AuthenticatedUser",
    "Batch",
    "Box",
    "Clone",
    "Collection",
    "Debug",
    "Deserialize",
    "Documents",
    "Err",
    "MountFailure",
    "None",
    "Ok",
    "Option",
    "Page",
    "PageRequest",
    "Repository",
    "Resources",
    "Result",
    "Serialize",
    "Service",
    "Some",
    "StoreError",
    "Stored",
    "String",
    "Timestamp",
    "User",
    "UserId",
    "Vec",
];

#[derive(Debug, Args)]
pub(in crate::cli) struct NewModule {
    /// Its name, in the plural: `notes`, `blog_posts`. The folder, the collection and the routes have it.
    name: String,
    /// The name of one of them, if it is not the name without its plural.
    #[arg(long, value_name = "NAME")]
    item: Option<String>,
    /// A field, as NAME:TYPE with the types text, number, bool and time; once for each. Without any it is `title:text`.
    #[arg(long, value_name = "NAME:TYPE")]
    field: Vec<Field>,
}

/// A place that a module is named at: a file, and the end of the comment above which its line goes.
struct Anchor {
    file: &'static str,
    comment: &'static str,
    /// Whether the lines above the comment are sorted.
    is_sorted: bool,
    line: fn(&Module) -> String,
}

const ANCHORS: [Anchor; 4] = [
    Anchor {
        file: "src/lib.rs",
        comment: "// `palisade new module` adds its modules above this line.",
        is_sorted: true,
        line: |module| format!("mod {};", module.name),
    },
    Anchor {
        file: "src/lib.rs",
        comment: "// `palisade new module` adds its collections above this line.",
        is_sorted: false,
        line: |module| format!("{}::{},", module.name, module.item_type()),
    },
    Anchor {
        file: "src/routes.rs",
        comment: "// `palisade new module` adds its routes above this line.",
        is_sorted: true,
        line: |module| format!("mod {};", module.name),
    },
    Anchor {
        file: "src/routes.rs",
        comment: "// `palisade new module` mounts its routes above this line.",
        is_sorted: false,
        line: |module| format!("let mount = mount.beside({}::mount(resources)?);", module.name),
    },
];

impl NewModule {
    /// Writes the module into the product in the current folder.
    pub(super) fn write(&self, given: &Invocation<'_>) -> Result<(), Failure> {
        let module = Module::new(&self.name, self.item.as_deref(), &self.field)?;
        let manifest = fs::read_to_string("Cargo.toml");
        let manifest = manifest.map_err(|error| {
            format!("reading Cargo.toml in this folder: {error}; go into the folder of the product, or begin one with `new product`")
        })?;
        let crate_name = crate_name(&manifest)
            .ok_or("Cargo.toml here has no [package] with a name: go into the folder of the product")?;
        module.refuse_taken_route(given)?;
        let mut files = NewFiles::within(Path::new("."));
        module.add_to(&mut files, &crate_name)?;
        files.check()?;
        let (mut wired, mut left) = (BTreeSet::new(), String::new());
        for file in ["src/lib.rs", "src/routes.rs"] {
            let text = fs::read_to_string(file).map_err(|error| format!("reading {file}: {error}"))?;
            match module.wire(file, &text) {
                Ok(text) => {
                    wired.insert((file, text));
                }
                Err(_) => {
                    for anchor in ANCHORS.iter().filter(|anchor| anchor.file == file) {
                        writeln!(left, "  {file}: {}", (anchor.line)(&module))?;
                    }
                }
            }
        }
        files.write()?;
        for (file, text) in &wired {
            fs::write(file, text).map_err(|error| format!("writing {file}: {error}"))?;
        }
        let mut said = format!("Wrote\n{}", files.listed());
        for (file, _) in &wired {
            writeln!(said, "Added it to {file}")?;
        }
        if !left.is_empty() {
            write!(
                said,
                "\nThe comments that mark the places for a new module are gone. Add these lines yourself:\n{left}"
            )?;
        }
        terminal::print(&said)
    }
}

/// A module to write.
#[derive(Debug)]
pub(super) struct Module {
    name: String,
    item: String,
    fields: Vec<Field>,
}

impl Module {
    /// # Errors
    /// For names that cannot be, or that something else has.
    pub(super) fn new(name: &str, item: Option<&str>, fields: &[Field]) -> Result<Self, Failure> {
        check("the module", name, '_', "blog_posts")?;
        if TAKEN.contains(&name) {
            return Err(format!(
                "the module `{name}`: a file of the product has this name; choose another one"
            )
            .into());
        }
        if belongs_to_palisade(name) {
            return Err(format!(
                "the module `{name}`: its collection would have a name of Palisade's; choose one that does not begin with it"
            )
            .into());
        }
        let item = item.map_or_else(|| singular(name), str::to_owned);
        check("the item", &item, '_', "blog_post")?;
        if TAKEN_TYPES.contains(&&*camel(&item)) {
            let type_name = camel(&item);
            return Err(format!(
                "the item `{item}`: another type is called `{type_name}` already; say another name with --item, as in `--item shop_{item}`"
            )
            .into());
        }
        let mut fields = fields.to_vec();
        if fields.is_empty() {
            fields.push("title:text".parse()?);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = fields.iter().find(|field| !seen.insert(&field.name)) {
            return Err(format!("the field `{}` is there twice", twice.name).into());
        }
        Ok(Self { name: name.to_owned(), item, fields })
    }

    /// Adds the files of the module to those of the product with this name as a crate.
    pub(super) fn add_to(&self, files: &mut NewFiles, crate_name: &str) -> Result<(), Failure> {
        let (templates, context) = (templates()?, self.context(crate_name));
        let folder = format!("src/{}", self.name);
        for (file, template) in MODULE {
            files.add(format!("{folder}/{file}"), templates.render(template, context.clone())?);
        }
        files.add(format!("src/routes/{}.rs", self.name), templates.render(ROUTES, context.clone())?);
        files.add(format!("tests/{}.rs", self.name), templates.render(TEST, context)?);
        Ok(())
    }

    /// Names the module in a file of the product.
    ///
    /// # Errors
    /// When a place for it is not marked.
    pub(super) fn wire(&self, file: &str, text: &str) -> Result<String, Failure> {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for anchor in ANCHORS.iter().filter(|anchor| anchor.file == file) {
            let at = lines.iter().position(|line| line.trim() == anchor.comment);
            let at = at.ok_or_else(|| format!("{file} has no line {:?}", anchor.comment))?;
            let line = (anchor.line)(self);
            let indent: String = lines
                .get(at)
                .map(|line| line.chars().take_while(|c| *c == ' ').collect())
                .unwrap_or_default();
            let before = lines
                .iter()
                .take(at)
                .rev()
                .take_while(|other| anchor.is_sorted && other.starts_with("mod ") && **other > line)
                .count();
            lines.insert(at - before, indent + &line);
        }
        Ok(lines.join("\n") + "\n")
    }

    /// Refuses a module whose routes this server has already.
    fn refuse_taken_route(&self, given: &Invocation<'_>) -> Result<(), Failure> {
        let path = format!("/api/v1/{}", self.path());
        let env = Env::default().of_product(given.product.variables());
        let (_, routes) = mounted(given, &env)?;
        if routes.iter().any(|route| route.path() == path) {
            return Err(format!(
                "the module `{}`: there is a route {path} already; choose another name",
                self.name
            )
            .into());
        }
        Ok(())
    }

    fn item_type(&self) -> String {
        camel(&self.item)
    }

    fn path(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The beginning of its ids: eight letters of the item at most.
    fn prefix(&self) -> String {
        self.item.replace('_', "").chars().take(8).collect()
    }

    fn context(&self, crate_name: &str) -> TemplateContext {
        let item = self.item_type();
        let (one, joined) = (a(&item), |parts: Vec<String>| parts.join(", "));
        let mut macros: BTreeSet<&str> = ["id", "input", "view"].into();
        macros.extend(self.fields.iter().filter_map(Field::macro_name));
        let mut types: Vec<String> = vec![format!("{item}Id")];
        types.extend(
            self.fields.iter().filter(|field| field.is_declared()).map(|field| field.type_name(&item)),
        );
        types.sort();
        let stored = if types.len() == 1 { joined(types) } else { format!("{{{}}}", joined(types)) };
        let sample = self.fields.iter().map(|field| format!("\"{}\": {}", field.wire_name(), field.sample()));
        let mut required: Vec<String> =
            self.fields.iter().map(|field| format!("\"{}:required\"", field.wire_name())).collect();
        required.sort();
        TemplateContext::new()
            .with("a_item", &one)
            .with("A_item", capital(&one))
            .with("collection", &self.name)
            .with("crate", crate_name)
            .with("fields", self.fields.iter().map(|field| field.context(&item)).collect::<Vec<_>>())
            .with("item", words(&self.item))
            .with("Item", &item)
            .with("items", words(&self.name))
            .with("Items", camel(&self.name))
            .with("Items_words", capital(&words(&self.name)))
            .with("macros", format!("{{{}}}", joined(macros.into_iter().map(str::to_owned).collect())))
            .with("module", &self.name)
            .with("names", joined(self.fields.iter().map(|field| field.name.clone()).collect()))
            .with("path", self.path())
            .with("prefix", self.prefix())
            .with("required", joined(required))
            .with("sample", format!("{{{}}}", joined(sample.collect())))
            .with("stored_types", stored)
            .with("variable", &self.item)
    }
}

/// The name of the package of a manifest, as a crate.
fn crate_name(manifest: &str) -> Option<String> {
    let package = manifest.split("\n[").find(|part| part.trim_start_matches('[').starts_with("package]"))?;
    let name =
        package.lines().find_map(|line| line.trim().strip_prefix("name")?.trim_start().strip_prefix('='))?;
    Some(name.trim().trim_matches('"').replace('-', "_"))
}
