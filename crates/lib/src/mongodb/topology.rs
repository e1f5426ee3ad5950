//! The driver's view of each server while it searched for a primary: the driver prints its structs; this module
//! converts them to text.

use std::collections::BTreeMap;

/// Every server with its problem; any other message unchanged.
pub(super) fn readable(message: &str) -> String {
    let Some((_, topology)) = message.split_once("Topology: {") else { return without_answers(message) };
    let mut servers = BTreeMap::new();
    for server in topology.split("{ Address: ").skip(1) {
        if let Some((address, said)) = one(server) {
            servers.entry(address).or_insert(said);
        }
    }
    if servers.is_empty() {
        return match wanted_set(message) {
            Some(set) => format!("none of the servers is a member of a replica set with the name `{set}`"),
            None => "there is no server".to_owned(),
        };
    }
    let each: Vec<String> = servers.iter().map(|(address, said)| format!("{address} {said}")).collect();
    each.join(", ")
}

/// The replica set of the address, if no server belongs to it: the driver forgets servers of another set.
pub(super) fn missed_set(message: &str) -> Option<&str> {
    if message.contains("{ Address: ") { None } else { wanted_set(message) }
}

fn wanted_set(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once(", Set Name: ")?;
    rest.split([',', ' ']).next().filter(|set| !set.is_empty())
}

/// The address of one server, and its problem.
fn one(server: &str) -> Option<(&str, String)> {
    let (address, rest) = server.split_once(", Type: ")?;
    let kind = rest.split([',', ' ']).next().unwrap_or_default();
    let said = match rest.split_once(", Error: Kind: ") {
        Some((_, error)) => format!("failed ({})", failure(error)),
        None => match kind {
            "RsPrimary" => "is a primary".to_owned(),
            "RsSecondary" => "is a secondary".to_owned(),
            "RsArbiter" => "is an arbiter".to_owned(),
            "RsOther" => "is a member that can be neither read nor written".to_owned(),
            "RsGhost" => "belongs to a replica set that has not been initiated".to_owned(),
            "Standalone" => "is a standalone server".to_owned(),
            "Mongos" => "is a mongos".to_owned(),
            _ => "has not answered yet".to_owned(),
        },
    };
    Some((address, said))
}

/// The kind of an error, without the driver's quotes: a server's text may contain a document.
fn failure(error: &str) -> String {
    let said = error.split(", labels: ").next().unwrap_or_default();
    if let Some(command) = said.strip_prefix("Command failed: Error code ") {
        let code = command.split_once("):").map_or(command, |(code, _)| code);
        return format!("the server answered {})", code.trim_end_matches(')'));
    }
    let said = said.strip_prefix("I/O error: ").unwrap_or(said);
    // A TLS-only server does this with a client that begins without TLS; within TLS the end of a stream has another
    // text.
    if ["unexpected end of file", "Connection reset"].iter().any(|words| said.starts_with(words)) {
        return "it closed the connection without an answer; perhaps it accepts only TLS (`tls=true`)"
            .to_owned();
    }
    if said.starts_with("tls handshake eof") {
        return "it closed the connection when TLS was begun; perhaps it has no TLS at this port (`tls=false`)"
            .to_owned();
    }
    without_answers(said)
}

/// The driver quotes earlier errors in later ones, each with the whole answer of the server, in hex: the answer to
/// a write contains the id of the document, which may be an address.
fn without_answers(message: &str) -> String {
    let mut parts = message.split("RawDocumentBuf { data: \"");
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        said.push('…');
        said.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format of version 3.9 of the driver.
    fn message(topology: &str) -> String {
        format!("Server selection timeout: No available servers. Topology: {{ {topology} }}")
    }

    #[test]
    fn each_server_is_listed_with_its_problem() {
        let refused = "{ Address: b.example:27018, Type: Unknown, Error: Kind: I/O error: Connection refused (os error 111), \
                       labels: {\"X\"}, source: None, server response: None }";
        let secondary =
            "{ Address: a.example:27017, Type: RsSecondary, Average RTT: 1ms, Max Wire Version: 25 }";
        let unknown = "{ Address: c.example:27017, Type: Unknown }";
        let told =
            readable(&message(&format!("Type: Unknown, Servers: [ {refused}, {secondary}, {unknown} ]")));
        assert_eq!(
            told,
            "a.example:27017 is a secondary, b.example:27018 failed (Connection refused (os error 111)), \
             c.example:27017 has not answered yet"
        );
    }

    #[test]
    fn an_error_shows_the_code_and_not_the_text_of_the_server() {
        let error = "Kind: Command failed: Error code 11602 (InterruptedDueToReplStateChange): ada steps down, labels: {}, \
                     source: None, server response: Some(RawDocumentBuf { data: \"ada0\" })";
        let told = readable(&message(&format!(
            "Type: Unknown, Servers: [ {{ Address: a:1, Type: Unknown, Error: {error} }} ]"
        )));
        assert_eq!(told, "a:1 failed (the server answered 11602 (InterruptedDueToReplStateChange))");
    }

    #[test]
    fn servers_of_another_set_are_reported_by_the_missing_set() {
        let said = message("Type: ReplicaSetNoPrimary, Set Name: rs1");
        assert_eq!(missed_set(&said), Some("rs1"));
        assert_eq!(readable(&said), "none of the servers is a member of a replica set with the name `rs1`");
        assert_eq!(missed_set(&message("Type: Single, Servers: [ { Address: a:1, Type: Unknown } ]")), None);
        assert_eq!(readable("connection pool cleared"), "connection pool cleared");
    }
}
