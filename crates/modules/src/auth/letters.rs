//! The letters of signing in. Plain text; nothing in them was typed by a stranger.

use palisade_core::utils::crypto::ticket::Ticket as Token;

use crate::mail::Letter;
use crate::user::types::Email;

/// The purpose of letters that prove a mailbox.
pub(crate) const VERIFICATION: &str = "verification";
/// The purpose of letters that tell an owner that somebody tried to register their address.
pub(crate) const TAKEN: &str = "taken";

/// The purpose of letters that tell an owner that a session was ended for their safety.
pub(crate) const SESSION_ENDED: &str = "session_ended";

/// Writes letters in the product's name.
#[derive(Clone, Debug)]
pub(crate) struct Letters {
    product: String,
    /// Without a slash at the end.
    app_url: String,
    /// How long a verification link holds, in words.
    holds_for: String,
}

impl Letters {
    pub(crate) fn new(product: &str, app_url: &str, registration: std::time::Duration) -> Self {
        let hours = registration.as_secs().div_ceil(3600);
        let holds_for = if hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") };
        Self { product: product.to_owned(), app_url: app_url.trim_end_matches('/').to_owned(), holds_for }
    }

    /// The token travels in the fragment: browsers send it to no server, and no log sees it.
    pub(crate) fn link(&self, page: &str, token: &Token) -> String {
        format!("{}/account/{page}#token={}", self.app_url, token.expose_secret().as_str())
    }

    pub(crate) fn verification(&self, to: &Email, token: &Token) -> Letter {
        let link = self.link("verify", token);
        let text = format!(
            "Somebody, hopefully you, asked for an account at {product} with this address.\n\n\
             To prove that the mailbox is yours, open this link and confirm:\n\n{link}\n\n\
             The link holds for {holds_for}. If it was not you, do nothing: no account will exist.\n",
            product = self.product,
            holds_for = self.holds_for,
        );
        Letter {
            to: to.clone(),
            subject: format!("Prove your address for {}", self.product),
            text,
            links: vec![link],
        }
    }

    pub(crate) fn taken(&self, to: &Email) -> Letter {
        let text = format!(
            "Somebody, maybe you, tried to register at {product} with this address, which has an account already.\n\n\
             If it was you, just sign in. If it was not, there is nothing to do: your account has not changed.\n",
            product = self.product,
        );
        Letter {
            to: to.clone(),
            subject: format!("You already have an account at {}", self.product),
            text,
            links: Vec::new(),
        }
    }

    pub(crate) fn session_ended(&self, to: &Email) -> Letter {
        let text = format!(
            "A sign-in key of one of your sessions at {product} was used a second time. That happens when somebody has \
             copied it, so the session was ended.\n\n\
             Sign in again. If you have reason to believe that somebody else was in your account, sign out everywhere.\n",
            product = self.product,
        );
        Letter {
            to: to.clone(),
            subject: format!("A session at {} was ended", self.product),
            text,
            links: Vec::new(),
        }
    }
}
