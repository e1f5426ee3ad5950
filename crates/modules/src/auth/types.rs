//! The types of the auth routes: their input, their views, and their own errors.

pub mod api_keys;
pub mod invitations;
pub mod managing;
pub mod oauth;
pub mod sessions;

use palisade_core::cookies::{CookieKind, Presented};
use palisade_core::identity::SessionId;
use palisade_core::input::{CarriesPassword, CookieField};
use palisade_core::middlewares::rate_limit::LimitSubject;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::values::{Detail, Field, Rules, Schema, Violation};
use palisade_core::{error_codes, input, view};

use crate::user::types::{Email, Name, NewPassword, PasswordPolicy, PresentedPassword, UserView};

error_codes! {
    /// The error codes of the auth module.
    pub CATALOGUE;

    TOKEN_INVALID = 400, "This link is invalid or has expired",
        "The token from an email is unknown, used, expired or was issued for another purpose. The answer is the same for all of them.";
    INVALID_CREDENTIALS = 401, "Wrong email address or password",
        "The address is unknown, the password is wrong or the account has none. The answer is the same for all of them.";
    PASSWORD_REQUIRED = 401, "Choose a password to continue",
        "The link was opened in a browser other than the one that registered: send a password with it. The token stays valid.";
    OTHER_BROWSER = 403, "Open this link in the browser in which you came from the provider",
        "The link confirms the address of an account at a provider, and this browser brought no account with this address.";
    SESSION_REVOKED = 401, "Your session has ended",
        "The refresh token is no longer valid; the cookies are cleared. Sign in again.";
    EMAIL_NOT_VERIFIED = 403, "Confirm your email address first: open the link that we sent you. If you already confirmed it in another browser, sign in with the password you chose there",
        "Answered for a day, only to the browser that registered and only with the password of that registration. It does not \
         reveal whether the address was confirmed in another browser, because a stranger may have registered somebody else's \
         address.";
    ACCOUNT_SUSPENDED = 403, "This account is suspended",
        "Answered only after the right password.";
}

/// A token from a mailed link. Text other than 43 characters of URL-safe base64 counts as an unknown token.
#[derive(Clone)]
pub struct LinkToken(String);

impl LinkToken {
    /// The token as sent.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl Field for LinkToken {
    fn schema() -> Schema {
        Schema::string().length(1, 128).describe("The token from the fragment of the link.")
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        if text.is_empty() {
            return Err(Violation::too_short(1));
        }
        if text.len() > 128 {
            return Err(Violation::too_long(128));
        }
        Ok(Self(text))
    }
}

macro_rules! cookie_values {
    ($($(#[$meta:meta])* $name:ident = $kind:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// The value as sent.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl CookieField for $name {
            const KIND: CookieKind = CookieKind::$kind;

            fn from_cookie(value: String) -> Self {
                Self(value)
            }
        }
    )+};
}

cookie_values! {
    /// The sealed note about the registration that this browser started.
    RegistrationCookie = Registration;
    /// The sealed note that this browser has signed in before.
    DeviceCookie = Device;
    /// The sealed note about the identity that this browser brought from a provider.
    PendingCookie = OAuthPending;
}

/// Cookies of which a browser may send several values under one name.
macro_rules! presented_cookies {
    ($($(#[$meta:meta])* $name:ident = $kind:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name(Presented);

        impl $name {
            /// All values.
            pub fn presented(&self) -> &Presented {
                &self.0
            }
        }

        impl CookieField for $name {
            const KIND: CookieKind = CookieKind::$kind;

            fn from_cookie(value: String) -> Self {
                Self(Presented::one(value))
            }

            fn from_all(presented: Presented) -> Option<Self> {
                Some(Self(presented))
            }
        }
    )+};
}

presented_cookies! {
    /// The refresh tokens of a browser: one, or all values under the name. Each proves by itself that it is genuine,
    /// and ending sessions ends those of all of them.
    RefreshCookies = Refresh;
    /// The sealed notes about the sign-ins through providers that this browser began. Each proves by itself that it is
    /// genuine.
    AttemptCookies = OAuthAttempt;
}

/// The mistakes of a password for this address.
fn weak(password: &NewPassword, email: &Email, rules: &Rules) -> Vec<Detail> {
    let policy = PasswordPolicy::new(rules.password_min_length, &rules.product_name);
    let broken = password.meets(&policy, Some(email)).err();
    broken.into_iter().map(|violation| violation.at("password")).collect()
}

input! {
    /// Registers an account.
    pub struct Register {
        body { email: Email, password: NewPassword, name: Option<Name> }
    } checked by Register::mistakes
}

impl Register {
    fn mistakes(&self, rules: &Rules) -> Vec<Detail> {
        weak(&self.password, &self.email, rules)
    }
}

input! {
    /// Requests the mail again.
    pub struct ResendVerification {
        body { email: Email }
        cookie { registration: RegistrationCookie }
    }
}

input! {
    /// Confirms an email address.
    pub struct VerifyEmail {
        body { token: LinkToken, password: Option<NewPassword> }
        cookie { registration: RegistrationCookie }
    }
}

input! {
    /// Signs in.
    pub struct Login {
        body { email: Email, password: PresentedPassword }
        cookie { registration: RegistrationCookie, device: DeviceCookie, refresh: RefreshCookies }
    }
}

impl Login {
    /// The account that the limit counts; a known device has a bucket of its own.
    pub fn account(&self) -> LimitSubject {
        let device = self.device.as_ref().map(|cookie| cookie.expose().to_owned());
        LimitSubject::account(self.email.as_str()).from_device(device)
    }
}

input! {
    /// Requests a link to choose another password.
    pub struct ForgotPassword {
        body { email: Email }
    }
}

input! {
    /// Chooses another password with a mailed link.
    pub struct ResetPassword {
        body { token: LinkToken, new_password as "newPassword": NewPassword }
    }
}

input! {
    /// Chooses another password, with the current one.
    pub struct ChangePassword {
        body {
            current_password as "currentPassword": PresentedPassword,
            new_password as "newPassword": NewPassword
        }
    }
}

input! {
    /// Requests another address for the account.
    pub struct ChangeEmail {
        body { new_email as "newEmail": Email, password: Option<PresentedPassword> }
    }
}

impl CarriesPassword for ChangeEmail {
    fn presented_password(&self) -> Option<&SecretString> {
        self.password.as_ref().map(PresentedPassword::expose)
    }
}

input! {
    /// Confirms another address with a mailed link.
    pub struct ConfirmEmail {
        body { token: LinkToken }
    }
}

input! {
    /// Ends every session of an account with a mailed link.
    pub struct SecureAccount {
        body { token: LinkToken }
    }
}

input! {
    /// Deletes the account of the caller.
    pub struct DeleteAccount {
        body { password: Option<PresentedPassword> }
    }
}

impl CarriesPassword for DeleteAccount {
    fn presented_password(&self) -> Option<&SecretString> {
        self.password.as_ref().map(PresentedPassword::expose)
    }
}

view! {
    /// The user with the confirmed address.
    pub struct ConfirmedView = "EmailConfirmed" {
        /// The user.
        user: UserView,
    }
}

input! {
    /// The id of the session.
    pub struct SessionPath {
        path { id: SessionId }
    }
}

input! {
    /// A page of the caller's sessions.
    pub struct ListSessions {} with page
}

view! {
    /// A session of the caller.
    pub struct SessionEntry = "SessionEntry" {
        /// Its id.
        id: SessionId,
        /// Browser and system, such as `Firefox on Windows`; `null` if unknown. The browser itself
        /// supplies this information.
        device: Option<String>,
        /// The network address of the last use.
        ip: String,
        /// When the user signed in.
        signed_in_at as "signedInAt": Timestamp,
        /// When it was last refreshed; a browser in use does so every few minutes.
        last_used_at as "lastUsedAt": Timestamp,
        /// When it ends if it stays unused.
        expires_at as "expiresAt": Timestamp,
        /// Whether it is the session of this request.
        current: bool,
    }
}

view! {
    /// When the access token of the new session expires.
    pub struct ChangedView = "PasswordChanged" {
        /// When the access token expires; refresh before.
        expires_at as "expiresAt": Timestamp,
    }
}

input! {
    /// Ends the sessions of all tokens in the request.
    pub struct Logout {
        cookie { refresh: RefreshCookies }
    }
}

input! {
    /// Creates the first super-admin.
    pub struct Setup {
        body { token: LinkToken, email: Email, password: NewPassword, name: Option<Name> }
        cookie { registration: RegistrationCookie }
    } checked by Setup::mistakes
}

impl Setup {
    fn mistakes(&self, rules: &Rules) -> Vec<Detail> {
        weak(&self.password, &self.email, rules)
    }
}

view! {
    /// A session that started or was refreshed.
    pub struct SessionView = "Session" {
        /// The signed-in user.
        user: UserView,
        /// When the access token expires; refresh before.
        expires_at as "expiresAt": Timestamp,
    }
}

view! {
    /// The account that was created.
    pub struct VerifiedView = "Verified" {
        /// The user.
        user: UserView,
    }
}

input! {
    /// Asks for the purpose of a link.
    pub struct ReadLink {
        body { token: LinkToken }
        cookie { registration: RegistrationCookie, pending: PendingCookie }
    }
}

view! {
    /// The purpose of a link, as far as a page has to know it before a user uses the link.
    pub struct LinkView = "Link" {
        /// `verification` confirms an email address, `setup` creates an administrator, `invitation` creates an account,
        /// `password-reset` changes a password, `email-change` confirms another address, `secure-account` ends every
        /// session, `identity` joins an account at a provider.
        purpose: &'static str,
        /// The address of its account; `null` for a setup link that any address may use.
        email: Option<Email>,
        /// The name for people of the provider whose account it joins; only for `identity`, and only in the browser that
        /// came from there.
        provider?: String,
        /// Whether the user has to choose a password with it.
        password_required as "passwordRequired": bool,
        /// Whether this browser used it a moment ago.
        used: bool,
    }
}

impl LinkView {
    /// A link that asks for nothing and that nobody has used yet.
    pub(in crate::auth) fn new(purpose: &'static str, email: Option<Email>) -> Self {
        Self { purpose, email, provider: None, password_required: false, used: false }
    }
}
