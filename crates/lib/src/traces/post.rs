//! One request to a collector: OTLP over HTTP, binary protobuf.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Response, StatusCode};

use crate::trust::{Authorities, TrustError};

/// The timeout of an answer: the default of OpenTelemetry.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest pause that a collector can ask for.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// The maximum size of an answer, in bytes: it says at most how many spans were rejected, and why.
const MAX_ANSWER: usize = 64 * 1024;

/// Why there is no exporter.
#[derive(Debug, thiserror::Error)]
pub enum ExporterOpenError {
    /// The authorities of this machine.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The HTTP client.
    #[error("preparing the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Why a collector did not take spans.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    #[error("the collector cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the collector answered {status}")]
    Refused { status: StatusCode, pause: Duration },
    #[error("the answer of the collector is not one of OTLP")]
    BadAnswer,
}

impl PostError {
    /// Whether the same spans may be taken later: the list of the specification.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => matches!(status.as_u16(), 429 | 502 | 503 | 504),
            // It may have taken them.
            Self::BadAnswer => false,
        }
    }

    /// The pause that the collector asked for.
    pub(super) fn pause(&self) -> Duration {
        match self {
            Self::Refused { pause, .. } => *pause,
            _ => Duration::ZERO,
        }
    }
}

#[derive(Debug)]
pub(super) struct Collector {
    client: reqwest::Client,
    url: String,
}

impl Collector {
    pub(super) fn new(url: String) -> Result<Self, ExporterOpenError> {
        let authorities = Authorities::of(None)?;
        let certificates = authorities.der().filter_map(|der| Certificate::from_der(der).ok());
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only(certificates.collect::<Vec<_>>())
            .user_agent(concat!("palisade/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ExporterOpenError::Client)?;
        Ok(Self { client, url })
    }

    /// Returns the number of spans that the collector rejected.
    pub(super) async fn post(&self, spans: ExportTraceServiceRequest) -> Result<u64, PostError> {
        let request = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"))
            .body(spans.encode_to_vec());
        let answer = request.send().await.map_err(|error| PostError::Unreachable(error.without_url()))?;
        if !answer.status().is_success() {
            return Err(PostError::Refused { status: answer.status(), pause: pause(&answer) });
        }
        let body = read(answer).await?;
        let answer = ExportTraceServiceResponse::decode(&*body).map_err(|_| PostError::BadAnswer)?;
        let Some(partial) = answer.partial_success else { return Ok(0) };
        if partial.rejected_spans > 0 {
            tracing::warn!(
                spans = partial.rejected_spans,
                said = partial.error_message,
                "the collector rejected spans"
            );
        }
        Ok(u64::try_from(partial.rejected_spans).unwrap_or(0))
    }
}

fn pause(answer: &Response) -> Duration {
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|text| text.to_str().ok()?.parse().ok());
    seconds.map_or(Duration::ZERO, Duration::from_secs).min(MAX_PAUSE)
}

async fn read(mut answer: Response) -> Result<Vec<u8>, PostError> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|_| PostError::BadAnswer)? {
        if body.len().saturating_add(piece.len()) > MAX_ANSWER {
            return Err(PostError::BadAnswer);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
