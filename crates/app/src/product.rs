//! A product: everything that is built on Palisade, as one value.

use palisade_core::config::{Config, OwnSection, OwnVariables};
use palisade_core::errors::Code;
use palisade_core::health::Health;
use palisade_core::openapi::Documentation;
use palisade_core::routes::Mount;
use palisade_core::utils::languages::ProductTexts;
use palisade_modules::jobs::types::mistakes as job_mistakes;
use palisade_modules::product::{Additions, Collections, Grant, Job, MailDef, Resources, Rights};
use palisade_modules::{Services, mail_mistakes};

use crate::api;

/// Why the routes of a product cannot be mounted.
pub type MountFailure = Box<dyn std::error::Error + Send + Sync>;

/// Mounts the routes of a product, with what they work with, and may have the health of the server watch something.
pub type MountRoutes = fn(&Resources, &Health) -> Result<Mount, MountFailure>;

/// A product, for [`palisade::run`](crate::run) and [`host::run`](crate::host::run): every command of its program knows all
/// of it. What it leaves out is that of [`Product::PALISADE`]:
///
/// ```
/// use palisade::Product;
///
/// static PRODUCT: Product = Product { name: "Notes", ..Product::PALISADE };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// The name of its program, for its help, its completions and its manual page: `notes`.
    pub program: &'static str,
    /// Its version, for `--version` and the OpenAPI document: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// Its name for people, unless `APP_NAME` says another one.
    pub name: &'static str,
    /// Its collections, `collections![Note]`: they are in the store of Palisade, and every command about the store treats
    /// them as it does Palisade's own.
    pub collections: Collections,
    /// Its permissions, and who has them: the routes of Palisade then give them to people, and tokens and API keys carry them.
    pub grants: &'static [Grant],
    /// Its settings, each declared with `palisade_core::settings!`: `&[NotesSettings::OWN]`.
    pub settings: &'static [&'static OwnSection],
    /// Its work beside the requests. One instance at a time runs each, and a scheduler can start it by its name.
    pub jobs: &'static [Job],
    /// Its mails, each declared with `palisade_modules::mail!`: `&[ShelfFull::MAIL]`.
    pub mails: &'static [&'static MailDef],
    /// Its texts in several languages: those of its mails, and whatever else its code shows to people.
    pub texts: ProductTexts,
    /// The error codes that its routes declare, each with a name that no other has.
    pub errors: &'static [&'static Code],
    /// Its routes, beside those of Palisade. Called once for a server, and by each command that lists routes.
    pub mount: Option<MountRoutes>,
}

impl Product {
    /// Palisade alone: the program `palisade`.
    pub const PALISADE: Self = Self {
        program: "palisade",
        version: env!("CARGO_PKG_VERSION"),
        name: palisade_core::PRODUCT,
        collections: &[],
        grants: &[],
        settings: &[],
        jobs: &[],
        mails: &[],
        texts: ProductTexts::NONE,
        errors: &[],
        mount: None,
    };

    /// What it adds to the domain.
    pub fn additions(&self) -> Additions {
        Additions { collections: self.collections, grants: self.grants, jobs: self.jobs, mails: self.mails }
    }

    /// Its name, and the variables of its settings, for an environment.
    pub fn variables(&self) -> OwnVariables {
        OwnVariables { name: self.name, sections: self.settings, texts: self.texts }
    }

    /// What is wrong with it, each as a sentence. No program of a product with a mistake starts.
    pub fn mistakes(&self) -> Vec<String> {
        let rights = Rights::with(self.grants);
        [
            self.variables().mistakes(),
            rights.mistakes(),
            job_mistakes(self.jobs),
            mail_mistakes(self.mails, self.texts),
            self.error_mistakes(),
        ]
        .concat()
    }

    /// Every error code of its server.
    pub fn error_codes(&self) -> Vec<&'static Code> {
        [palisade_modules::error_codes(), self.errors.to_vec()].concat()
    }

    fn error_mistakes(&self) -> Vec<String> {
        let all = self.error_codes();
        let twice = all.iter().enumerate().filter_map(|(position, code)| {
            let earlier = all.iter().take(position).find(|earlier| earlier.name == code.name)?;
            Some(format!("the error code {} is declared twice", earlier.name))
        });
        twice.collect()
    }

    /// All routes: those of Palisade, and those of the product.
    ///
    /// # Errors
    /// The failure of the product; a defect of the templates or the texts of pages.
    pub fn mount_all(
        &self,
        config: &Config,
        services: &Services,
        health: &Health,
        documentation: &Documentation,
    ) -> Result<Mount, MountFailure> {
        let ours = api::mount(config, services, health, documentation)?;
        Ok(match self.mount {
            Some(mount) => ours.beside(mount(services.resources(), health)?),
            None => ours,
        })
    }
}
