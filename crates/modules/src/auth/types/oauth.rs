//! The types of the routes about signing in through a provider.

use palisade_core::input::CarriesPassword;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::random::decode_base64url_array;
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::values::{Field, Schema, Violation};
use palisade_core::{input, text, view};

use super::{AttemptCookies, DeviceCookie, LinkToken, PendingCookie, RefreshCookies};
use crate::user::types::{IdentityId, PresentedPassword};

/// Texts that a provider or a front end sends, kept as received. They may be secret, so no log shows them.
macro_rules! received {
    ($($(#[$meta:meta])* $name:ident, at most $max:literal, $about:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// The text as received.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl Field for $name {
            fn schema() -> Schema {
                Schema::string().at_most($max).describe($about)
            }

            fn from_text(text: String) -> Result<Self, Violation> {
                if text.chars().count() > $max { Err(Violation::too_long($max)) } else { Ok(Self(text)) }
            }
        }
    )+};
}

received! {
    /// The name of a provider in a path. An unknown one is not found.
    ProviderName, at most 64, "The name of the provider, as `GET /auth/oauth` lists it.";
    /// Where the browser should end up. The service judges it.
    WantedReturn, at most 512, "A path of this server, or an address at one of `RETURN_TO_ORIGINS`.";
    /// The `state` of an authorization response (RFC 6749, 4.1.2).
    State, at most 512, "The `state` that the attempt began with.";
    /// The `code` of an authorization response.
    AuthorizationCode, at most 4096, "The authorization code.";
    /// The `error` of an authorization response (RFC 6749, 4.1.2.1).
    ProviderErrorCode, at most 256, "The error code of the provider.";
    /// The `iss` of an authorization response (RFC 9207).
    ResponseIssuer, at most 512, "The issuer of the response.";
    /// The code that an app got at its address.
    AppCodeText, at most 128, "The `code` at the address of the app.";
    /// The code verifier of an app (RFC 7636, 4.1).
    AppVerifier, at most 128, "The code verifier whose S256 challenge the sign-in began with.";
    /// The `user` that Apple sends with the first authorization of a person, as JSON.
    FirstTimeUser, at most 2048, "What the provider tells of the person only once, as JSON.";
}

text! {
    /// The S256 code challenge of an app (RFC 7636, 4.2): 32 bytes in URL-safe base64.
    pub AppChallenge, 43..=43 characters, schema |schema| schema.pattern("^[A-Za-z0-9_-]{43}$"), |text| {
        let is_hash = decode_base64url_array::<32>(&text).is_some();
        is_hash.then_some(text).ok_or_else(|| Violation::invalid_format("is not an S256 code challenge"))
    };
}

view! {
    /// A provider to sign in through.
    pub struct ProviderView = "Provider" {
        /// Its name in paths.
        name: String,
        /// Its name for people.
        label: String,
    }
}

input! {
    /// The providers to list.
    pub struct ListProviders {} with page
}

input! {
    /// Begins to sign in through a provider.
    pub struct StartOAuth {
        path { provider: ProviderName }
        query { return_to as "returnTo": Option<WantedReturn>, code_challenge as "codeChallenge": Option<AppChallenge> }
        cookie { attempts: AttemptCookies }
    }
}

input! {
    /// The answer of a provider, brought by the browser.
    pub struct OAuthCallback {
        path { provider: ProviderName }
        query {
            code: Option<AuthorizationCode>,
            state: Option<State>,
            error: Option<ProviderErrorCode>,
            iss: Option<ResponseIssuer>,
            user: Option<FirstTimeUser>
        }
        cookie { attempts: AttemptCookies, device: DeviceCookie, refresh: RefreshCookies }
    }
}

input! {
    /// The same, posted as a form.
    pub struct OAuthForm {
        path { provider: ProviderName }
        body {
            code: Option<AuthorizationCode>,
            state: Option<State>,
            error: Option<ProviderErrorCode>,
            iss: Option<ResponseIssuer>,
            user: Option<FirstTimeUser>
        }
    }
}

input! {
    /// Begins to link an account at a provider.
    pub struct LinkProvider {
        path { provider: ProviderName }
        body { return_to as "returnTo": Option<WantedReturn>, password: Option<PresentedPassword> }
        cookie { attempts: AttemptCookies }
    }
}

impl CarriesPassword for LinkProvider {
    fn presented_password(&self) -> Option<&SecretString> {
        self.password.as_ref().map(PresentedPassword::expose)
    }
}

input! {
    /// Takes the session that a browser made for an app.
    pub struct ExchangeCode {
        body { code: AppCodeText, code_verifier as "codeVerifier": AppVerifier }
        cookie { device: DeviceCookie, refresh: RefreshCookies }
    }
}

view! {
    /// Where the browser goes next.
    pub struct AuthorizationView = "Authorization" {
        /// The address at the provider.
        location: String,
    }
}

input! {
    /// Confirms the address of an identity with a mailed link.
    pub struct ConfirmIdentity {
        body { token: LinkToken }
        cookie { pending: PendingCookie, device: DeviceCookie, refresh: RefreshCookies }
    }
}

input! {
    /// The identities to list.
    pub struct ListIdentities {} with page
}

input! {
    /// The identity to remove.
    pub struct RemoveIdentity {
        path { id: IdentityId }
        body { password: Option<PresentedPassword> }
    }
}

impl CarriesPassword for RemoveIdentity {
    fn presented_password(&self) -> Option<&SecretString> {
        self.password.as_ref().map(PresentedPassword::expose)
    }
}

view! {
    /// An account at a provider through which the user signs in.
    pub struct IdentityView = "Identity" {
        /// Its id.
        id: IdentityId,
        /// The name of the provider.
        provider: String,
        /// The name of the provider for people.
        label: String,
        /// The address that the provider told when it was linked.
        address: Option<String>,
        /// When it was linked.
        linked_at as "linkedAt": Timestamp,
    }
}
