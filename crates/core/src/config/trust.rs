//! The authorities that a connection to another server trusts: those of this machine, or those of a file.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::settings::{Problem, Setting, settings};

/// The maximum size of such a file: a system's list takes a quarter of it.
const LARGEST: u64 = 4 << 20;

/// A file with certificates of authorities, in PEM (RFC 7468). It exists and has at least one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFile(PathBuf);

impl CaFile {
    /// The path, relative to the working directory or absolute.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Setting for CaFile {
    fn expects() -> String {
        "the path of a readable file with certificates of authorities in PEM".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let mut pem = Vec::new();
        let read = File::open(text).and_then(|file| file.take(LARGEST).read_to_end(&mut pem));
        read.map_err(|error| format!("names a file that cannot be read ({})", error.kind()))?;
        let begin = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(begin.len()).any(|window| window == begin) {
            return Err("names a file without a certificate in PEM".into());
        }
        Ok(Self(PathBuf::from(text)))
    }

    fn show(&self) -> String {
        self.0.display().to_string()
    }
}

settings! {
    /// The authorities that connections to other servers trust.
    pub struct TrustConfig in "TLS to other servers" {
        /// The trusted authorities, instead of the system's file; programs that use OpenSSL read this variable too.
        /// It applies to MongoDB, Redis, Upstash, the mail server, sign-in providers and receivers of events, unless RATE_LIMIT_CA_FILE, SMTP_CA_FILE or
        /// `tlsCAFile` in an address of MongoDB says otherwise.
        system: CaFile = SSL_CERT_FILE optional("the system's file, or Mozilla's list if there is none");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_must_be_there_and_have_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authority.pem");
        let name = path.to_str().unwrap();
        assert!(CaFile::parse(name).unwrap_err().contains("cannot be read (entity not found)"));
        std::fs::write(&path, "-----BEGIN PRIVATE KEY-----\n").unwrap();
        assert!(CaFile::parse(name).unwrap_err().contains("without a certificate"));
        std::fs::write(&path, "# mine\n-----BEGIN CERTIFICATE-----\n").unwrap();
        assert_eq!(CaFile::parse(name).unwrap().path(), path);
    }
}
