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

use super::form::{self, Form};
use super::overview;
use super::ways::Ways;

/// A built-in page of accounts.
#[derive(Clone, Copy, Debug)]
pub enum AccountPage {
    /// `/account`: what a user does about the own account.
    Overview,
    /// `/account/sign-in`: begins a session.
    SignIn,
    /// `/account/sign-up`: asks for an account.
    SignUp,
    /// `/account/verify`: proves a mailbox. In any other browser than the one that registered, a password is chosen here.
    Verify,
    /// `/account/forgot`: asks for the mail that leads to another password.
    Forgot,
    /// `/account/reset`: chooses another password.
    Reset,
    /// `/account/confirm-email`: confirms another address.
    ConfirmEmail,
    /// `/account/connect`: joins an account at a provider.
    Connect,
    /// `/account/secure`: ends every session of an account whose owner did not ask for another address.
    Secure,
    /// `/account/accept-invitation`: creates the account of an invited person.
    AcceptInvitation,
    /// `/account/setup`: makes a super-admin.
    Setup,
}

/// The built-in pages of accounts, rendered once in each language. Clones share them.
#[derive(Clone, Debug)]
pub struct Pages(Arc<PerLanguage<Rendered>>);

#[derive(Debug)]
struct Rendered {
    overview: BuiltInPage,
    sign_in: BuiltInPage,
    sign_up: BuiltInPage,
    verify: BuiltInPage,
    forgot: BuiltInPage,
    reset: BuiltInPage,
    confirm_email: BuiltInPage,
    connect: BuiltInPage,
    secure: BuiltInPage,
    accept_invitation: BuiltInPage,
    setup: BuiltInPage,
}

impl Rendered {
    const fn of(&self, page: AccountPage) -> &BuiltInPage {
        match page {
            AccountPage::Overview => &self.overview,
            AccountPage::SignIn => &self.sign_in,
            AccountPage::SignUp => &self.sign_up,
            AccountPage::Verify => &self.verify,
            AccountPage::Forgot => &self.forgot,
            AccountPage::Reset => &self.reset,
            AccountPage::ConfirmEmail => &self.confirm_email,
            AccountPage::Connect => &self.connect,
            AccountPage::Secure => &self.secure,
            AccountPage::AcceptInvitation => &self.accept_invitation,
            AccountPage::Setup => &self.setup,
        }
    }
}

impl Pages {
    /// Renders them. The configuration gives the languages, the minimum length of a password, the name of the product, and
    /// the next page.
    pub(crate) fn new(config: &Config, templates: &PageTemplates) -> Result<Self, PageError> {
        let (rules, ways) = (config.rules(), Ways::of(config));
        let rendered = config.languages.try_map(|language| {
            let page = |form: &Form| form::page(templates, language, &rules, &ways, form);
            Ok::<_, PageError>(Rendered {
                overview: overview::page(templates, language, &rules, &ways)?,
                sign_in: page(&form::SIGN_IN)?,
                sign_up: page(&form::SIGN_UP)?,
                verify: page(&form::VERIFY)?,
                forgot: page(&form::FORGOT)?,
                reset: page(&form::RESET)?,
                confirm_email: page(&form::CONFIRM_EMAIL)?,
                connect: page(&form::CONNECT)?,
                secure: page(&form::SECURE)?,
                accept_invitation: page(&form::ACCEPT_INVITATION)?,
                setup: page(&form::SETUP)?,
            })
        });
        Ok(Self(Arc::new(rendered?)))
    }

    /// A page in the language of a visitor.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn show(&self, page: AccountPage, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.0.accepted_by(&visitor.client().languages).of(page).clone())
    }
}
