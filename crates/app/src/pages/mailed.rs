//! The built-in pages of accounts: the targets of mailed links, and the pages before and behind a sign-in.
//!
//! Opening one changes nothing. The token of a link is in the fragment, which never reaches a server with the address. The page asks
//! what the link is for, and uses it only when its person presses the button.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::output::{BuiltInPage, PageError, PageTemplates};
use palisade_core::utils::languages::PerLanguage;

use super::{account, overview};

/// The built-in pages of accounts, rendered once in each language. Clones share them.
#[derive(Clone, Debug)]
pub struct Pages(Arc<PerLanguage<Rendered>>);

#[derive(Debug)]
struct Rendered {
    verify: BuiltInPage,
    setup: BuiltInPage,
    reset: BuiltInPage,
    accept_invitation: BuiltInPage,
    forgot: BuiltInPage,
    confirm_email: BuiltInPage,
    secure: BuiltInPage,
    sign_in: BuiltInPage,
    sign_up: BuiltInPage,
    overview: BuiltInPage,
}

impl Pages {
    /// Renders them. The configuration gives the languages, the minimum length of a password, the name of the product, and
    /// the next page.
    pub(crate) fn new(config: &Config, templates: &PageTemplates) -> Result<Self, PageError> {
        let (rules, ways) = (config.rules(), account::Ways::of(&config.app));
        let rendered = config.languages.try_map(|language| {
            let page = |form: &account::Form| account::page(templates, language, &rules, &ways, form);
            Ok::<_, PageError>(Rendered {
                verify: page(&account::VERIFY)?,
                setup: page(&account::SETUP)?,
                reset: page(&account::RESET)?,
                accept_invitation: page(&account::ACCEPT_INVITATION)?,
                forgot: page(&account::FORGOT)?,
                confirm_email: page(&account::CONFIRM_EMAIL)?,
                secure: page(&account::SECURE)?,
                sign_in: page(&account::SIGN_IN)?,
                sign_up: page(&account::SIGN_UP)?,
                overview: overview::page(templates, language, &rules, &ways)?,
            })
        });
        Ok(Self(Arc::new(rendered?)))
    }

    /// The pages in the language of a visitor.
    fn of(&self, visitor: &Visitor) -> &Rendered {
        self.0.accepted_by(&visitor.client().languages)
    }

    /// `/account/verify`: proves a mailbox. In any other browser than the one that registered, a password is chosen here.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn verify(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).verify.clone())
    }

    /// `/account/reset`: chooses another password.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn reset(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).reset.clone())
    }

    /// `/account/accept-invitation`: creates the account of an invited person.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn accept_invitation(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).accept_invitation.clone())
    }

    /// `/account/forgot`: asks for the mail that leads there.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn forgot(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).forgot.clone())
    }

    /// `/account/confirm-email`: confirms another address.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn confirm_email(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).confirm_email.clone())
    }

    /// `/account/secure`: ends every session of an account whose owner did not ask for another address.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn secure(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).secure.clone())
    }

    /// `/account/sign-in`: begins a session.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn sign_in(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).sign_in.clone())
    }

    /// `/account/sign-up`: asks for an account.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn sign_up(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).sign_up.clone())
    }

    /// `/account`: what a user does about the own account.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn overview(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).overview.clone())
    }

    /// `/account/setup`: makes the first super-admin.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn setup(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.of(&visitor).setup.clone())
    }
}
