//! The address at which an operator reads the metrics.

use std::net::{IpAddr, SocketAddr};

use super::app::AppConfig;
use super::reader::Reader;
use super::settings::{Problem, Setting, settings};

/// An address for the operator: never the one that clients reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsAddress(SocketAddr);

impl MetricsAddress {
    /// The address.
    pub fn get(self) -> SocketAddr {
        self.0
    }
}

impl Setting for MetricsAddress {
    fn expects() -> String {
        "an address and a port (`127.0.0.1:9464`, `[::1]:9464`)".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let address: SocketAddr = text.parse().map_err(|_| "is not an address with a port")?;
        if address.port() == 0 { Err("has no port".into()) } else { Ok(Self(address)) }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

settings! {
    /// The settings of metrics.
    pub struct MetricsConfig in "Metrics" {
        /// Where Prometheus reads `GET /metrics`. It needs a port of its own, on an address that clients cannot reach: the
        /// metrics tell how much the server is used.
        address: MetricsAddress = METRICS_ADDR optional("there are no metrics") like "127.0.0.1:9464";
    }
}

/// Whether other machines may reach an address.
fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_private(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unique_local(),
    }
}

impl MetricsConfig {
    pub(super) fn check(&self, app: &AppConfig, reader: &mut Reader<'_>) {
        let Some(MetricsAddress(address)) = self.address else { return };
        if address.port() == app.port {
            let problem = "has the port of the public address";
            reader.refuse_for(Self::METRICS_ADDR, problem, "another port than PORT");
        } else if app.is_development() && !address.ip().is_loopback() {
            let problem = "is not on this machine, and development is";
            reader.refuse_for(Self::METRICS_ADDR, problem, "a loopback address in development");
        } else if is_open(address.ip()) {
            reader.warn(format!(
                "METRICS_ADDR: {address} may be reachable by others than the operator; let a firewall keep them out"
            ));
        }
    }
}
