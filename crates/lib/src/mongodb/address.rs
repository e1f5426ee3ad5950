//! An address as the driver parses it, before anything connects: a check of the environment reports the same errors
//! as a start.

use std::borrow::Cow;
use std::fs;

use futures_util::FutureExt as _;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{ClientOptions, ConnectionString, Tls};
use palisade_core::config::{MongoUrl, UNENCODED_USERINFO};

use crate::engine::AddressError;
use crate::trust::Authorities;

/// Options that concern the lookup of the servers of a `mongodb+srv` address.
const ABOUT_LOOKING_UP: [&str; 2] = ["srvservicename", "srvmaxhosts"];

/// Options whose values are private.
const SECRET: [&str; 3] = ["authmechanismproperties", "proxypassword", "tlscertificatekeyfilepassword"];

/// Checks that the driver and the stores can use an address. Makes no request, not even for an address whose servers are
/// in DNS.
///
/// # Errors
/// Everything that the driver would refuse, and everything that it accepts and the stores cannot work with.
pub(crate) fn check(url: &MongoUrl) -> Result<(), AddressError> {
    let url = url.expose();
    usable(&parse(url).map_err(|error| fault(url, &error))?)
}

/// Refuses options that the driver accepts and the stores cannot work with; also after DNS has added options.
pub(super) fn usable(options: &ClientOptions) -> Result<(), AddressError> {
    if options.load_balanced == Some(true) {
        // Behind a load balancer no server is known to be the primary, whose clock dates the documents.
        return Err(AddressError(
            "asks for `loadBalanced`, which is not supported: leave it out, and name the members of the replica set or \
             the mongos servers themselves"
                .into(),
        ));
    }
    let Some(Tls::Enabled(tls)) = &options.tls else { return Ok(()) };
    if let Some(path) = &tls.ca_file_path {
        Authorities::read(path)
            .map_err(|error| AddressError(format!("names no authority in `tlsCAFile`: {error}").into()))?;
    }
    if let Some(path) = &tls.cert_key_file_path {
        let option = "tlsCertificateKeyFile";
        if let Err(error) = fs::File::open(path) {
            let (path, kind) = (path.display(), error.kind());
            return Err(AddressError(
                format!("names in `{option}` a file that cannot be read ({kind}): {path}").into(),
            ));
        }
    }
    Ok(())
}

/// Everything that the driver checks without a request.
fn parse(url: &str) -> Result<ClientOptions, Error> {
    let Some(rest) = url.strip_prefix("mongodb+srv://") else { return parse_hosts(url) };
    ConnectionString::parse(url)?;
    let (before, options) = rest.split_once('?').unwrap_or((rest, ""));
    let about_it = |pair: &&str| !ABOUT_LOOKING_UP.contains(&option_name(pair).as_str());
    let options: Vec<&str> = options.split('&').filter(about_it).collect();
    parse_hosts(&format!("mongodb://{before}?{}", options.join("&")))
}

fn parse_hosts(url: &str) -> Result<ClientOptions, Error> {
    // A list of hosts needs no waiting.
    let parsed = IntoFuture::into_future(ClientOptions::parse(url)).now_or_never();
    parsed.unwrap_or_else(|| Err(Error::custom("the driver would have made a request")))
}

/// The part of an address that the driver refuses.
fn fault(url: &str, error: &Error) -> AddressError {
    let (before, options) = url.split_once('?').unwrap_or((url, ""));
    if parse(before).is_err() {
        return AddressError(UNENCODED_USERINFO.into());
    }
    let pairs: Vec<&str> = options.split('&').collect();
    if pairs.contains(&"") {
        return AddressError("has an `&` with no option before or behind it".into());
    }
    let read_without = |left_out: usize| {
        let others = pairs.iter().enumerate().filter(|(place, _)| *place != left_out).map(|(_, pair)| *pair);
        let others: Vec<&str> = others.collect();
        parse(&format!("{before}?{}", others.join("&"))).is_ok()
    };
    let alone = |pair: &str| parse(&format!("{before}?{pair}")).err();
    // The option without which all is well; if there are several, one that is wrong whatever else is there.
    let one = (0..pairs.len()).find(|place| read_without(*place)).and_then(|place| pairs.get(place).copied());
    let Some(pair) = one.or_else(|| pairs.iter().copied().find(|pair| alone(pair).is_some())) else {
        return AddressError("has options that the MongoDB driver does not accept together".into());
    };
    let name = option_name(pair);
    if pairs.iter().filter(|other| option_name(other) == name).count() > 1 {
        return AddressError(format!("has {} twice", quoted(pair)).into());
    }
    refusal(pair, alone(pair).as_ref().unwrap_or(error))
}

/// The driver's objection to an option.
fn refusal(pair: &str, error: &Error) -> AddressError {
    let (name, quoted) = (option_name(pair), quoted(pair));
    let said = match error.kind.as_ref() {
        ErrorKind::InvalidArgument { message, .. } if !SECRET.contains(&name.as_str()) => message.as_str(),
        _ => "",
    };
    if matches!(name.as_str(), "compressors" | "zlibcompressionlevel") {
        return AddressError(
            format!("asks for compression ({quoted}), which this program is built without: leave it out")
                .into(),
        );
    }
    if said.contains("is an invalid option") {
        let meant = said.split_once("name exists: ").map(|(_, meant)| format!("; did you mean `{meant}`?"));
        let meant = meant.unwrap_or_default();
        return AddressError(
            format!("has the option {quoted}, which the MongoDB driver does not have{meant}").into(),
        );
    }
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    AddressError(format!("has an option that the MongoDB driver refuses, {quoted}{said}").into())
}

fn option_name(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_ascii_lowercase()
}

/// The name of an option as written; a text that is not a name may be the rest of a password.
fn quoted(pair: &str) -> Cow<'static, str> {
    let name = pair.split('=').next().unwrap_or_default();
    if (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        format!("`{name}`").into()
    } else {
        "whose name is invalid".into()
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::config::DatabaseUrl;

    use super::*;

    fn check(text: &str) -> Result<(), AddressError> {
        let DatabaseUrl::MongoDb(url) = DatabaseUrl::read(text).unwrap() else { panic!("{text}") };
        super::check(&url)
    }

    fn refused(options: &str) -> String {
        let url = format!("mongodb://ada:hunter2@db.example.org/shop?{options}");
        let said = check(&url).unwrap_err().to_string();
        assert!(!said.contains("hunter2"), "{said}");
        let by_name = url.replace("mongodb://", "mongodb+srv://");
        assert_eq!(check(&by_name).unwrap_err().to_string(), said, "the same for an address in DNS");
        said
    }

    #[test]
    fn the_option_that_the_driver_refuses_is_named_with_the_reason() {
        for (options, said) in [
            (
                "retryWrites=true&compressors=zlib&w=majority",
                "asks for compression (`compressors`), which this program is built without: leave it out",
            ),
            (
                "zlibCompressionLevel=6",
                "asks for compression (`zlibCompressionLevel`), which this program is built without: leave it out",
            ),
            (
                "w=majority&socketTimeoutMS=3000",
                "has an option that the MongoDB driver refuses, `socketTimeoutMS`: the Rust driver does not support \
                 socketTimeoutMS",
            ),
            (
                "wtimeout=5&tls=true",
                "has the option `wtimeout`, which the MongoDB driver does not have; did you mean `wtimeoutms`?",
            ),
            ("timeoutMS=5", "has the option `timeoutMS`, which the MongoDB driver does not have"),
            (
                "tls=yes",
                "has an option that the MongoDB driver refuses, `tls`: connection string `tls` option must be a boolean",
            ),
            (
                "maxPoolSize=0",
                "has an option that the MongoDB driver refuses, `maxPoolSize`: cannot specify maxPoolSize=0",
            ),
            (
                "authMechanism=GSSAPI",
                "has an option that the MongoDB driver refuses, `authMechanism`: GSSAPI auth is only supported with the \
                 gssapi-auth feature flag",
            ),
            ("w=1&tls=true&W=2", "has `w` twice"),
            ("tls=true&", "has an `&` with no option before or behind it"),
            (
                "loadBalanced=true",
                "asks for `loadBalanced`, which is not supported: leave it out, and name the members of the replica set or \
                 the mongos servers themselves",
            ),
        ] {
            let found = refused(options);
            assert!(found.starts_with(said), "{options}: {found}");
        }
    }

    #[test]
    fn two_invalid_options_are_reported_one_after_the_other() {
        assert!(refused("compressors=zlib&socketTimeoutMS=1").contains("`compressors`"));
        assert!(refused("readPreference=secondary&maxStalenessSeconds=x").contains("`maxStalenessSeconds`"));
    }

    #[test]
    fn errors_repeat_no_secret_value_and_no_invalid_option_name() {
        let said = refused("authMechanism=MONGODB-X509&authMechanismProperties=hunter2");
        assert!(said.contains("auth"), "{said}");
        assert!(refused("p@hunter2word=1").contains("whose name is invalid"));
    }

    #[test]
    fn a_missing_file_is_reported_with_its_option() {
        assert_eq!(
            refused("tlsCertificateKeyFile=/nowhere/own.pem"),
            "names in `tlsCertificateKeyFile` a file that cannot be read (entity not found): /nowhere/own.pem"
        );
        let said = refused("tlsCAFile=/nowhere/authority.pem");
        let begin = "names no authority in `tlsCAFile`: reading certificates from /nowhere/authority.pem: ";
        assert!(said.starts_with(begin), "{said}");
    }

    #[test]
    fn an_unencoded_character_in_the_password_is_reported() {
        assert_eq!(
            check("mongodb://ada:100%@db/shop?w=majority").unwrap_err().to_string(),
            UNENCODED_USERINFO
        );
        assert!(check("mongodb://ada:100%25@db/shop?w=majority&appName=a@b").is_ok());
    }

    #[test]
    fn addresses_of_hosted_clusters_are_accepted() {
        for url in [
            "mongodb+srv://ada:hunter2@cluster0.abcde.mongodb.net/?retryWrites=true&w=majority&appName=Cluster0",
            "mongodb+srv://ada:hunter2@cluster0.abcde.mongodb.net/shop?authSource=admin&srvMaxHosts=2",
            "mongodb://a,b,c/shop?replicaSet=rs0&readPreference=primary&maxPoolSize=5&tls=true&authSource=admin",
            "mongodb://db?directConnection=true",
        ] {
            assert!(check(url).is_ok(), "{url}: {:?}", check(url));
        }
    }
}
