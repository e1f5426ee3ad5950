//! A trial of a provider for an operator: its document, its keys, its clock, and whether it takes this server's proof.

use std::time::Duration;

use palisade_core::config::oauth::TokenAuth;
use palisade_core::system::time::Timestamp;
use url::Url;

use super::error::{Doing, ProviderError, UnavailableCause};
use super::presets::Protocol;
use super::provider::{Exchange, Provider, known};
use crate::outbound::Call;

/// A difference of clocks that is worth a warning: tokens live for minutes, and a minute of difference is borne.
const CLOCKS: Duration = Duration::from_secs(30);

/// A code that no provider has given out.
const NO_CODE: Exchange<'_> = Exchange {
    code: "palisade-check",
    code_verifier: "palisade-check-palisade-check-palisade-check",
    nonce: "",
    redirect_uri: "",
    user_json: None,
};

/// What a trial found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// What works, as ends of sentences that begin with the name of the provider.
    pub works: Vec<String>,
    /// What keeps people from signing in.
    pub fails: Vec<String>,
    /// What may do so.
    pub doubts: Vec<String>,
}

impl Provider {
    /// Tries everything that a sign-in needs and that works without a person. `redirect_uri` is the one that is
    /// registered at the provider. Nothing that was read before is used.
    pub async fn probe(&self, redirect_uri: &str) -> Probe {
        let mut probe = Probe::default();
        let exchanged = match &self.preset.protocol {
            Protocol::OpenIdConnect { document, rule, .. } => {
                self.probe_clock(document, &mut probe).await;
                let metadata = match self.read_metadata(document, rule).await {
                    Ok(metadata) => metadata,
                    Err(error) => return probe.failing(&error),
                };
                probe.works.push(format!("has a document, as {}", metadata.issuer));
                match self.read_keys(&metadata).await {
                    Ok(keys) if keys.len() == 0 => {
                        probe.fails.push("publishes no key that this server can use".to_owned());
                    }
                    Ok(keys) => probe.works.push(format!("publishes {} usable keys", keys.len())),
                    Err(error) => probe = probe.failing(&error),
                }
                let audience = rule.name(&metadata.issuer).to_owned();
                Ok((metadata.token, audience, metadata.is_post_only))
            }
            Protocol::OwnInterface(endpoints) => {
                known(&endpoints.token, Doing::Exchange).map(|token| (token, endpoints.issuer.clone(), true))
            }
        };
        match exchanged {
            Ok((token, audience, is_post_only)) => {
                self.probe_proof(&token, &audience, is_post_only, redirect_uri, &mut probe).await;
                probe
            }
            Err(error) => probe.failing(&error),
        }
    }

    /// Compares the clock of the provider with ours: an ID token from the future is refused.
    async fn probe_clock(&self, document: &str, probe: &mut Probe) {
        let Ok(url) = known(document, Doing::Discovery) else { return };
        // The next step reports a failure.
        let Ok(answer) = self.outbound.send(Call::get(url)).await else { return };
        let Some(theirs) = answer.date().and_then(http_date) else { return };
        let ours = self.clock.now();
        let apart = ours.since(theirs).max(theirs.since(ours));
        if apart > CLOCKS {
            let apart = apart.as_secs();
            probe.doubts.push(format!("has a clock that is {apart} seconds from the clock of this server"));
        }
    }

    /// Exchanges a code that does not exist. The provider must refuse the code, not this server.
    async fn probe_proof(
        &self,
        token: &Url,
        audience: &str,
        is_post_only: bool,
        redirect_uri: &str,
        probe: &mut Probe,
    ) {
        let way = match self.token_auth(is_post_only) {
            TokenAuth::Basic => "in a header (`basic`)",
            TokenAuth::Post => "in the body (`post`)",
        };
        let refused =
            self.refusal_of(token, audience, is_post_only, &Exchange { redirect_uri, ..NO_CODE }).await;
        match refused {
            Ok(()) => probe.doubts.push("accepted a code that it never gave".to_owned()),
            Err(error) => match error.token_error() {
                Some((_, "invalid_grant" | "invalid_code" | "bad_verification_code")) => {
                    probe.works.push(format!("takes the id and secret of this server {way}"));
                }
                Some((401, _) | (_, "invalid_client" | "unauthorized_client" | "incorrect_client_credentials")) => {
                    probe.fails.push(format!(
                        "does not take the id and secret of this server {way}: compare them with its console, or try \
                         the other way"
                    ));
                }
                Some((_, "redirect_uri_mismatch")) => {
                    probe.fails.push(format!("does not know the address {redirect_uri}: register it there"));
                }
                Some((status, code)) => probe.doubts.push(format!(
                    "refused a trial of its token endpoint with {status} and {code}, which does not show whether it \
                     takes the secret {way}"
                )),
                None => probe.fails.push(said(&error)),
            },
        }
    }
}

impl Probe {
    fn failing(mut self, error: &ProviderError) -> Self {
        self.fails.push(said(error));
        self
    }
}

/// An error as the end of a sentence.
fn said(error: &ProviderError) -> String {
    let hint = match error {
        ProviderError::Unavailable { cause: UnavailableCause::Status(404), doing: Doing::Discovery } => {
            " (is the issuer the right one?)"
        }
        _ => "",
    };
    format!("fails at {}{hint}", palisade_core::errors::with_causes(error))
}

/// A date of HTTP in its preferred form (RFC 9110 section 5.6.7), which is one of RFC 5322: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(parsed.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_http_is_read() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599),
            ("Fri, 15 Jan 2027 08:00:00 GMT", 1_800_000_000),
        ] {
            assert_eq!(http_date(text), Some(Timestamp::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "now", "Sun, 06 Foo 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "784111777"]
        {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
