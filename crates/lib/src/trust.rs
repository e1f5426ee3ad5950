//! The authorities that a connection to another server trusts: one rule for every driver.
//!
//! The file that the configuration names for this connection; else the one that `SSL_CERT_FILE` names, or the
//! system's file where OpenSSL would look for it; else, on a machine without any, Mozilla's list as of the build of
//! this program.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Why there are no trusted authorities.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file is not PEM, or does not exist.
    #[error("reading certificates from {}: {said}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The problem.
        said: String,
    },
    /// No certificate of the file can be an authority's.
    #[error("{} has no certificate that could be an authority's", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Authorities, in the form that each driver needs.
pub(crate) struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// Those of this file, or those of the machine.
    pub(crate) fn of(file: Option<&Path>) -> Result<Self, TrustError> {
        match file.map(Path::to_owned).or_else(system_file) {
            Some(path) => Self::read(&path),
            None => Ok(Self(webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec())),
        }
    }

    /// Those of this file. A certificate that no driver could use is left out: systems have some.
    pub(crate) fn read(path: &Path) -> Result<Self, TrustError> {
        let unreadable = |said: String| TrustError::Unreadable { path: path.to_owned(), said };
        let found = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
        let found: Result<Vec<_>, _> = found.collect();
        let mut usable = found.map_err(|error| unreadable(error.to_string()))?;
        usable.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
        if usable.is_empty() { Err(TrustError::Empty { path: path.to_owned() }) } else { Ok(Self(usable)) }
    }

    /// In DER.
    pub(crate) fn der(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// In PEM (RFC 7468).
    pub(crate) fn pem(&self) -> Vec<u8> {
        let one = |der: &[u8]| {
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
        };
        self.der().map(one).collect::<String>().into_bytes()
    }
}

/// The file of the machine, for a driver that reads it itself.
pub(crate) fn system_file() -> Option<PathBuf> {
    openssl_probe::probe().cert_file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_certificates_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        let all = Authorities(webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec());
        std::fs::write(&path, all.pem()).unwrap();
        assert_eq!(Authorities::of(Some(&path)).unwrap().0, all.0, "what was written in PEM reads back");

        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(Authorities::of(Some(&path)), Err(TrustError::Empty { .. })));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(Authorities::of(Some(&path)), Err(TrustError::Unreadable { .. })));
        let nowhere = folder.path().join("nowhere.pem");
        assert!(matches!(Authorities::of(Some(&nowhere)), Err(TrustError::Unreadable { .. })));
    }
}
