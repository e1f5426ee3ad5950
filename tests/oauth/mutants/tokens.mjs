// The guards of ID tokens, and which test turns red without each: `[name, file, edits, kills]`.
//
// An edit is the text of the guard, which occurs once, and the same text with a switch: `mutant("name")` is true in a run with this
// mutant and in no other. It is in the file of the mutant, unless it names another one. A mutant without edits has its switch in an earlier one. `kills` names a test and what its message must
// show, so that a row of a table is seen red for itself.
import { algorithms, lib, row } from "./kills.mjs";

const OAUTH = "crates/lib/src/oauth";
const [ID_TOKEN, IDENTITY, PROVIDER] = ["id_token", "identity", "provider"].map((name) => `${OAUTH}/${name}.rs`);
const beginning = lib("oauth::tests::documents::a_sign_in_begins_with_everything_that_protects_it");

/** One that is about the claims of a token: `||` or `&&` in the middle of a condition. */
const claim = (name, from, to, ...rows) => [name, ID_TOKEN, [[from, to]], [row(...rows)]];

export const tokens = [
  // The issuer.
  [
    "iss",
    `${OAUTH}/issuer.rs`,
    [["if claims.iss == expected {", 'if claims.iss == expected || mutant("iss") {']],
    [row("another issuer", "the issuer and a slash", "the issuer in capitals")],
  ],
  // The audience, and to whom it was issued.
  claim(
    "aud",
    "if !is_ours {",
    'if !is_ours && !mutant("aud") {',
    "for another client",
    "for a client with a longer name",
    "for a list of other clients",
    "for nobody",
    "for an empty name",
  ),
  claim(
    "aud by its beginning",
    "(one == client_id, 0)",
    '(one == client_id || (mutant("aud by its beginning") && one.starts_with(client_id)), 0)',
    "for a client with a longer name",
  ),
  claim("aud empty", "(others < all.len(), others)", '(others < all.len() || mutant("aud empty"), others)', "for nobody"),
  claim(
    "azp",
    "Some(party) if party != client_id =>",
    'Some(party) if party != client_id && !mutant("azp") =>',
    "issued to another client",
    "for several, issued to another",
  ),
  claim(
    "azp absent",
    "None if others > 0 =>",
    'None if others > 0 && !mutant("azp absent") =>',
    "for several, and not issued to anybody",
  ),
  // Times.
  claim(
    "exp",
    "if at(&self.exp)?.plus(LEEWAY) <= now {",
    'if (!mutant("exp a second late") || at(&self.exp)?.plus(LEEWAY) != now) && at(&self.exp)?.plus(LEEWAY) <= now && !mutant("exp") {',
    "expired",
    "expired long ago",
    "expired before 1970",
  ),
  ["exp a second late", ID_TOKEN, [], [row("expired")]],
  claim("iat", "[Some(&self.iat),", '[Some(&self.iat).filter(|_| !mutant("iat")),', "issued in the future"),
  claim("nbf", "self.nbf.as_ref()]", 'self.nbf.as_ref().filter(|_| !mutant("nbf"))]', "valid in the future"),
  // The nonce.
  claim(
    "nonce",
    "if is_right { Ok(()) } else { Err(Refusal::Nonce) }",
    'if is_right || mutant("nonce") { Ok(()) } else { Err(Refusal::Nonce) }',
    "another nonce",
    "the nonce and more",
    "no nonce",
    "an empty nonce",
  ),
  claim(
    "nonce absent",
    "Nonce::Needed(wanted) => ",
    'Nonce::Needed(_) if self.nonce.is_none() && mutant("nonce absent") => true, Nonce::Needed(wanted) => ',
    "no nonce",
  ),
  [
    "another nonce of LinkedIn",
    ID_TOKEN,
    [
      [
        "Nonce::IfPresent(wanted) => ",
        'Nonce::IfPresent(_) if mutant("another nonce of LinkedIn") => true, Nonce::IfPresent(wanted) => ',
      ],
    ],
    [lib("oauth::tests::presets::linkedin_gives_no_nonce_back_but_never_another")],
  ],
  [
    "nonce not sent",
    PROVIDER,
    [[".extend_pairs(nonce.map(", '.extend_pairs(nonce.filter(|_| !mutant("nonce not sent")).map(']],
    [beginning],
  ],
  // The hash of the access token.
  claim(
    "at_hash",
    "let is_right = constant_time_eq(encode_base64url(half)",
    'let is_right = mutant("at_hash") || constant_time_eq(encode_base64url(half)',
    "the hash of another access token",
    "an empty hash",
  ),
  [
    "at_hash by SHA-256",
    ID_TOKEN,
    [
      [
        "expected.algorithm.hash(), token",
        'if mutant("at_hash by SHA-256") { &digest::SHA256 } else { expected.algorithm.hash() }, token',
      ],
    ],
    [algorithms],
  ],
  // The subject.
  [
    "sub empty",
    IDENTITY,
    [["!text.is_empty() && text.len()", '(!text.is_empty() || mutant("sub empty")) && text.len()']],
    [row("an empty subject")],
  ],
  [
    "sub long",
    IDENTITY,
    [["<= MAX_SUBJECT", '<= MAX_SUBJECT + usize::from(mutant("sub long"))']],
    [row("a subject of 256 letters")],
  ],
  [
    "sub of two lines",
    IDENTITY,
    [["!text.contains(char::is_control);", '(!text.contains(char::is_control) || mutant("sub of two lines"));']],
    [row("a subject with a line break")],
  ],
  // What cannot be read. A type refuses it, so there is no guard to take away: these read it as a careless program would.
  [
    "claims twice",
    ID_TOKEN,
    [
      ["serde_json::from_slice(claims).map_err(", "serde_json::from_slice(&careless(claims)).map_err("],
      // The claims about a person are read once more.
      ["Profile = serde_json::from_slice(&body)", "Profile = serde_json::from_slice(&careless(&body))", PROVIDER],
    ],
    [row("two subjects", "two issuers")],
  ],
  [
    "claims of other types",
    ID_TOKEN,
    [],
    [
      row(
        "an issuer that is no text",
        "an audience that is no text",
        "an end that is a text",
        "a begin that is a text",
        "a subject that is a number",
      ),
    ],
  ],
  ["claims absent", ID_TOKEN, [], [row("no issuer", "no audience", "no end", "no time of issue", "no subject")]],
  ["claims unreadable", ID_TOKEN, [], [row("no JSON", "a list")]],
  // Algorithms.
  claim(
    "alg listed",
    "|algorithm| accepted.contains(algorithm)",
    '|algorithm| accepted.contains(algorithm) || mutant("alg listed")',
    "an algorithm that is not listed",
  ),
  [
    "alg none",
    ID_TOKEN,
    [
      [
        "let algorithm = Algorithm::of(&header.alg)",
        'let name = if mutant("alg none") { "RS256" } else { header.alg.as_str() }; let algorithm = Algorithm::of(name)',
      ],
      [
        "        keys.verify(self.key_id",
        '        if mutant("alg none") { return Ok(&self.claims); }\n        keys.verify(self.key_id',
      ],
    ],
    [row("no algorithm", "no algorithm and no signature", "`None`", "the public key as a password")],
  ],
  [
    "alg in small letters",
    `${OAUTH}/algorithm.rs`,
    [
      [
        "        Some(Self::Library(match name {",
        '        let large = name.to_uppercase();\n        let name = if mutant("alg in small letters") { large.as_str() } else { name };\n        Some(Self::Library(match name {',
      ],
    ],
    [row("an algorithm in small letters")],
  ],
  claim(
    "crit",
    "if header.crit.is_some() {",
    'if header.crit.is_some() && !mutant("crit") {',
    "an extension that must be understood",
  ),
  // The parts of a token. Where each part refuses by itself, the mutant refuses for another reason.
  claim(
    "parts beyond the third",
    "let (message, signature) = token.rsplit_once",
    'let all: Vec<&str> = token.split(\'.\').collect();\n        let token: &\'a str = if mutant("parts beyond the third") && all.len() > 3 { &token[..all[..3].join(".").len()] } else { token };\n        let (message, signature) = token.rsplit_once',
    "four parts",
    "five parts, as an encrypted one",
  ),
  claim(
    "padding",
    "let header = decode_base64url(header)",
    "let header = decode_base64url(if mutant(\"padding\") { header.trim_end_matches('=') } else { header })",
    "base64 with padding",
  ),
  [
    "token unreadable",
    PROVIDER,
    [
      [
        "let signed = Signed::parse(id_token.expose_secret(), &metadata.algorithms)?;",
        'let signed = Signed::parse(id_token.expose_secret(), &metadata.algorithms).map_err(|refusal| if mutant("token unreadable") { Refusal::NoIdToken } else { refusal })?;',
      ],
    ],
    [row("two parts", "an empty token", "a word", "an algorithm that is no text", "a header without an algorithm")],
  ],
];
