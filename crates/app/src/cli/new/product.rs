//! `palisade new product`.

use std::path::Path;

use clap::Args;
use palisade_core::config::{self, OwnVariables};
use palisade_core::utils::templates::TemplateContext;

use super::files::NewFiles;
use super::module::Module;
use super::names::{capital, check, words};
use super::templates::{PRODUCT, templates};
use crate::cli::context::Failure;
use crate::cli::terminal;

/// Names of packages that a product cannot have.
const TAKEN: &[&str] = &[
    "alloc",
    "core",
    "palisade",
    "palisade-core",
    "palisade-lib",
    "palisade-modules",
    "palisade-test",
    "proc-macro",
    "serde",
    "std",
    "test",
    "tokio",
];

/// The packages of Palisade that a product takes, by their names in the template, with their folders.
const PACKAGES: [(&str, &str); 5] = [
    ("palisade", "crates/app"),
    ("core", "crates/core"),
    ("lib", "crates/lib"),
    ("modules", "crates/modules"),
    ("test", "crates/test"),
];

#[derive(Debug, Args)]
pub(in crate::cli) struct NewProduct {
    /// Its name, and that of its new folder: `my-notes`.
    name: String,
    /// Where Palisade is: the folder of a checkout, or the address of a git repository.
    #[arg(long, value_name = "FOLDER|URL")]
    palisade: Option<String>,
    /// The name of its first module, in the plural.
    #[arg(long, value_name = "NAME", default_value = "notes")]
    module: String,
}

impl NewProduct {
    /// Writes the product into a new folder of the current one.
    pub(super) fn write(&self) -> Result<(), Failure> {
        check("the product", &self.name, '-', "my-notes")?;
        if TAKEN.contains(&&*self.name) {
            return Err(
                format!("the product `{}`: a package has this name; choose another one", self.name).into()
            );
        }
        let module = Module::new(&self.module, None, &[])?;
        let folder = Path::new(&self.name);
        if folder.exists() {
            return Err(format!("{} is there already: nothing was written", folder.display()).into());
        }
        let files = self.files(&module)?;
        files.write()?;
        terminal::print(&format!(
            "Wrote {name}:\n{}\nContinue with\n  cd {name}\n  cargo test\n  cargo run\n",
            files.listed(),
            name = self.name,
        ))
    }

    fn files(&self, module: &Module) -> Result<NewFiles, Failure> {
        let title = capital(&words(&self.name));
        let crate_name = self.name.replace('-', "_");
        let mut context =
            TemplateContext::new().with("name", &self.name).with("crate", &crate_name).with("title", &title);
        for (package, folder) in PACKAGES {
            context = context.with(package, self.place(folder)?);
        }
        let mut files = NewFiles::within(Path::new(&self.name));
        let templates = templates()?;
        for (path, template) in PRODUCT {
            let text = module.wire(path, &templates.render(template, context.clone())?)?;
            files.add(path, text);
        }
        module.add_to(&mut files, &crate_name)?;
        // The process ends after this command.
        let own = OwnVariables { name: title.leak(), sections: &[], ..OwnVariables::NONE };
        files.add(".env.example", config::render_env_example(&own));
        Ok(files)
    }

    /// Where a package of Palisade is, as cargo spells it.
    fn place(&self, folder: &str) -> Result<String, Failure> {
        let given = self.palisade.as_deref().unwrap_or(env!("CARGO_PKG_REPOSITORY"));
        if given.is_empty() {
            return Err("use --palisade to say where Palisade is: the folder of a checkout, or the address of a git repository".into());
        }
        if given.contains(['"', '\\', '\n']) {
            return Err(format!(
                "--palisade {given:?}: write it without quotes, backslashes and line breaks"
            )
            .into());
        }
        if given.contains("://") || given.starts_with("git@") {
            return Ok(format!("git = \"{given}\""));
        }
        let path = Path::new(given);
        if !path.join("crates/test/Cargo.toml").is_file() {
            return Err(format!(
                "--palisade {given:?}: no checkout of Palisade is there (it has no crates/test)"
            )
            .into());
        }
        // A relative path is one from here, and the product is one folder further down.
        let seen = if path.is_absolute() { path.to_owned() } else { Path::new("..").join(path) };
        Ok(format!("path = \"{}\"", seen.join(folder).display()))
    }
}
