//! The pages that mailed links lead to.
//!
//! Opening one changes nothing: the token is in the fragment, which never reaches a server with the address. The page asks
//! what the link is for, and uses it only when its person presses the button.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::output::{BuiltInPage, PageTemplates};
use palisade_core::utils::templates::TemplateError;

use super::account;

/// The target pages of mailed links, rendered once. Clones share them.
#[derive(Clone, Debug)]
pub struct Pages(Arc<Rendered>);

#[derive(Debug)]
struct Rendered {
    verify: BuiltInPage,
    setup: BuiltInPage,
    reset: BuiltInPage,
    forgot: BuiltInPage,
    confirm_email: BuiltInPage,
    secure: BuiltInPage,
}

impl Pages {
    /// Renders them. The configuration gives the minimum length of a password, the name of the product, and the next page.
    pub(crate) fn new(config: &Config, templates: &PageTemplates) -> Result<Self, TemplateError> {
        let (rules, way) = (config.rules(), account::Way::on(&config.app));
        let page = |form: &account::Form| account::page(templates, &rules, &way, form);
        Ok(Self(Arc::new(Rendered {
            verify: page(&account::VERIFY)?,
            setup: page(&account::SETUP)?,
            reset: page(&account::RESET)?,
            forgot: page(&account::FORGOT)?,
            confirm_email: page(&account::CONFIRM_EMAIL)?,
            secure: page(&account::SECURE)?,
        })))
    }

    /// `/account/verify`: proves a mailbox. In any other browser than the one that registered, a password is chosen here.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn verify(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.0.verify.clone())
    }

    /// `/account/reset`: chooses another password.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn reset(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.0.reset.clone())
    }

    /// `/account/forgot`: asks for the mail that leads there.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn forgot(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.0.forgot.clone())
    }

    /// `/account/confirm-email`: confirms another address.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn confirm_email(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.0.confirm_email.clone())
    }

    /// `/account/secure`: ends every session of an account whose owner did not ask for another address.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn secure(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.0.secure.clone())
    }

    /// `/account/setup`: makes the first super-admin.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn setup(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.0.setup.clone())
    }
}
