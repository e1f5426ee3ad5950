//! Where spans go, under the names that every program with OpenTelemetry reads.

use url::Url;

use super::settings::{Problem, Setting, settings};

/// The address of a collector, for OTLP over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorUrl(Url);

impl CollectorUrl {
    /// Where spans are posted: below the address, as the specification of the exporter demands.
    pub fn for_traces(&self) -> String {
        format!("{}/v1/traces", self.0.as_str().trim_end_matches('/'))
    }
}

impl Setting for CollectorUrl {
    fn expects() -> String {
        "the address of a collector that takes OTLP over HTTP, without `/v1/traces`: `http://127.0.0.1:4318`"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("is neither `http` nor `https`".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must end after its path".into());
        }
        if url.path().trim_end_matches('/').ends_with("/v1/traces") {
            return Err("must end before `/v1/traces`, which is added to it".into());
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        self.0.as_str().trim_end_matches('/').to_owned()
    }
}

/// The name of this service in traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    const MAX_LENGTH: usize = 100;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for ServiceName {
    fn expects() -> String {
        format!("1 to {} visible characters of ASCII", Self::MAX_LENGTH)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() > Self::MAX_LENGTH {
            return Err(format!("is longer than {} characters", Self::MAX_LENGTH).into());
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains blanks or characters outside ASCII".into());
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

settings! {
    /// The settings of traces.
    pub struct TracesConfig in "Traces" {
        /// The collector that gets a span for each request, from a program that was built with the feature `otel`. Any other
        /// program refuses to start with it.
        collector: CollectorUrl = OTEL_EXPORTER_OTLP_ENDPOINT optional("there are no traces") like "http://127.0.0.1:4318";
        /// The name of this service in traces.
        service: ServiceName = OTEL_SERVICE_NAME default("palisade");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_below_the_address() {
        for (text, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("https://collector.example.org/otlp", "https://collector.example.org/otlp/v1/traces"),
        ] {
            assert_eq!(CollectorUrl::parse(text).unwrap().for_traces(), expected);
        }
    }
}
