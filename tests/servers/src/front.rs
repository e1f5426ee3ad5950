//! TLS in front of a server without TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use crate::certificates::Authority;
use crate::error::ServerError;

/// Accepts TLS on its own port and forwards the content to a server without TLS. It runs on the runtime of the test;
/// dropping it ends it.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl TlsFront {
    /// Starts one in front of the server on this port, with a certificate of this authority for `127.0.0.1`.
    pub async fn before(port: u16, authority: &Authority) -> Result<Self, ServerError> {
        let doing = || ServerError::system("putting TLS in front of a server");
        let (certificate, key) = authority.pair()?;
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate], key))
            .map_err(|error| doing()(std::io::Error::other(error)))?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(doing())?;
        let address = listener.local_addr().map_err(doing())?;
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(acceptor.clone(), stream, port));
            }
        });
        Ok(Self { address, serving })
    }

    /// The address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass_on(acceptor: TlsAcceptor, stream: TcpStream, port: u16) {
    // The client closed the connection, or does not trust the certificate.
    let Ok(mut outside) = acceptor.accept(stream).await else { return };
    let Ok(mut inside) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let _ = copy_bidirectional(&mut outside, &mut inside).await;
}
