//! The TLS files of a server: a separate authority, and its certificate for the loopback address.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::ServerError;

/// A certificate authority of its own.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    /// Creates an authority and writes its certificate into this folder.
    pub fn new(folder: &Path) -> Result<Self, ServerError> {
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let issuer =
            CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(failed)?).map_err(failed)?;
        let file = folder.join("authority.pem");
        fs::write(&file, issuer.pem()).map_err(ServerError::system("writing a certificate"))?;
        Ok(Self { issuer, file })
    }

    /// The file with its certificate.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// A certificate for `127.0.0.1` with its key, in DER.
    pub(crate) fn pair(&self) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), ServerError> {
        let key = KeyPair::generate().map_err(failed)?;
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
    }

    /// Writes a certificate for `127.0.0.1` and its key into one file, as `mongod` requires.
    pub(crate) fn for_loopback(&self, file: &Path) -> Result<(), ServerError> {
        let key = KeyPair::generate().map_err(failed)?;
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let mut options = fs::OpenOptions::new();
        let mut written = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .map_err(ServerError::system("writing a key"))?;
        std::io::Write::write_all(
            &mut written,
            format!("{}{}", certificate.pem(), key.serialize_pem()).as_bytes(),
        )
        .map_err(ServerError::system("writing a key"))
    }
}

fn failed(error: rcgen::Error) -> ServerError {
    ServerError::System { doing: "making a certificate".to_owned(), cause: std::io::Error::other(error) }
}
