// The guards of everything else of the protocol: keys, documents, outside calls, callbacks, and who it is, as in tokens.mjs.
import { algorithms, lib, row } from "./kills.mjs";

const OAUTH = "crates/lib/src/oauth";
const [IDENTITY, KEYS, METADATA, PROVIDER, CACHE] = ["identity", "keys", "metadata", "provider", "cache"].map(
  (name) => `${OAUTH}/${name}.rs`,
);
const RESOLVER = "crates/lib/src/outbound/resolver.rs";

const keys = (what) => lib("oauth::tests::documents::keys_are_found_however_little_is_said_about_them", what);
const documents = lib("oauth::tests::documents::a_document_that_is_wrong_makes_no_sign_in");
const callbacks = (shown) => lib("oauth::tests::documents::a_callback_names_its_issuer_if_the_provider_says_so", shown);
const verified = lib("oauth::identity::tests::an_address_is_verified_only_in_the_form_that_its_provider_documents");
const authority = (shown) => lib("oauth::identity::tests::only_who_gives_out_a_mailbox_has_authority_over_it", shown);
const beginning = lib("oauth::tests::documents::a_sign_in_begins_with_everything_that_protects_it");
const floor = lib("oauth::tests::documents::a_new_key_is_read_when_a_token_names_it_but_not_for_every_stranger");
const rebinding = lib("outbound::tests::a_name_that_changes_its_mind_is_called_at_the_checked_address_only");

export const providers = [
  // Keys and signatures.
  [
    "signature",
    KEYS,
    [
      [
        "if key.verify(algorithm, message, signature) {",
        'if key.verify(algorithm, message, signature) || mutant("signature") {',
      ],
    ],
    [
      row("a key of its own", "the key of somebody else", "no signature", "the signature of other claims"),
      algorithms,
      lib("oauth::tests::answers::an_answer_about_a_person_may_be_signed"),
      lib("oauth::tests::documents::a_small_key_is_none"),
    ],
  ],
  [
    "kid",
    KEYS,
    [["filter(|key| key.id.is_none())", 'filter(|key| key.id.is_none() || mutant("kid"))']],
    [row("a key that is not published"), keys("alone, with another name")],
  ],
  [
    "the first of several keys",
    KEYS,
    [
      [
        "        let [key] = candidates",
        '        let candidates: Vec<&Key> = if mutant("the first of several keys") { candidates.into_iter().take(1).collect() } else { candidates };\n        let [key] = candidates',
      ],
    ],
    [keys("named among its kind, and the token names none")],
  ],
  [
    "kind of a key",
    KEYS,
    [["self.kind == algorithm.key_type() &&", '(self.kind == algorithm.key_type() || mutant("kind of a key")) &&']],
    [keys("")],
  ],
  [
    "alg of a key",
    KEYS,
    [["|only| only == algorithm)", '|only| only == algorithm || mutant("alg of a key"))']],
    [keys("for another algorithm")],
  ],
  [
    "use of a key",
    KEYS,
    [['|used_for| used_for == "sig")', '|used_for| used_for == "sig" || mutant("use of a key"))']],
    [keys("for encryption")],
  ],
  [
    "key_ops",
    KEYS,
    [['|one| one == "verify"))', '|one| one == "verify" || mutant("key_ops")))']],
    [keys("for other operations")],
  ],
  [
    "unknown alg of a key",
    KEYS,
    [
      [
        "Some(name) => Some(Algorithm::of(name)?),",
        'Some(name) if mutant("unknown alg of a key") => Algorithm::of(name), Some(name) => Some(Algorithm::of(name)?),',
      ],
    ],
    [keys("for an algorithm that nobody knows")],
  ],
  [
    "floor of readings",
    CACHE,
    [
      [
        "Some((_, at)) if now.saturating_sub(*at) < FLOOR =>",
        'Some((_, at)) if now.saturating_sub(*at) < FLOOR && !mutant("floor of readings") =>',
      ],
    ],
    [floor, lib("oauth::cache::tests::a_newer_one_is_read_at_most_once_in_a_while")],
  ],
  [
    "floor after a failure",
    CACHE,
    [["let read = if state.just_failed(now) {", 'let read = if state.just_failed(now) && !mutant("floor after a failure") {']],
    [
      lib("oauth::tests::documents::a_provider_that_is_down_costs_one_call_in_a_while"),
      lib("oauth::cache::tests::a_failure_is_not_repeated_at_once"),
    ],
  ],
  [
    "floor after a failed reading of keys",
    CACHE,
    [
      [
        "        if state.just_failed(now) {\n            return Ok(None);",
        '        if state.just_failed(now) && !mutant("floor after a failed reading of keys") {\n            return Ok(None);',
      ],
    ],
    [lib("oauth::cache::tests::a_newer_one_that_fails_is_not_read_again_at_once")],
  ],
  // The document.
  [
    "issuer of the document",
    METADATA,
    [
      [
        "if !rule.is_of_document(&document.issuer) {",
        'if !rule.is_of_document(&document.issuer) && !mutant("issuer of the document") {',
      ],
    ],
    [documents],
  ],
  ["response types", METADATA, [['|one| one == "code")', '|one| one == "code" || mutant("response types"))']], [documents]],
  [
    "no algorithm listed",
    METADATA,
    [["if algorithms.is_empty() {", 'if algorithms.is_empty() && !mutant("no algorithm listed") {']],
    [documents],
  ],
  [
    "endpoint without TLS",
    METADATA,
    [["let is_safe = url.scheme()", 'let is_safe = mutant("endpoint without TLS") || url.scheme()']],
    [documents],
  ],
  [
    "endpoint with a password",
    METADATA,
    [["let is_plain = url.username()", 'let is_plain = mutant("endpoint with a password") || url.username()']],
    [documents],
  ],
  // Outside calls. A mutant opens this machine only: a real private address shall not be called.
  [
    "private addresses",
    RESOLVER,
    [
      [
        "is_public(address) ||",
        '(mutant("private addresses") && address.to_canonical().is_loopback()) || is_public(address) ||',
      ],
    ],
    [
      lib("oauth::tests::documents::addresses_in_a_document_do_not_lead_into_the_private_network"),
      lib("outbound::tests::no_private_address_is_called_by_any_spelling"),
      rebinding,
    ],
  ],
  [
    "addresses of names",
    RESOLVER,
    [
      [
        "addresses.retain(|address| guard.admits(",
        'addresses.retain(|address| (mutant("addresses of names") && address.to_canonical().is_loopback()) || guard.admits(',
      ],
    ],
    [rebinding, lib("outbound::tests::no_private_address_is_called_by_any_spelling")],
  ],
  [
    "redirects",
    "crates/lib/src/outbound.rs",
    [
      [
        ".redirect(reqwest::redirect::Policy::none())",
        '.redirect(if mutant("redirects") { reqwest::redirect::Policy::limited(2) } else { reqwest::redirect::Policy::none() })',
      ],
    ],
    [lib("outbound::tests::no_redirect_is_followed")],
  ],
  // The issuer that a callback names.
  [
    "iss of the callback",
    PROVIDER,
    [
      [
        "Some(issuer) if rule.is_of_callback(&metadata.issuer, issuer) =>",
        'Some(issuer) if rule.is_of_callback(&metadata.issuer, issuer) || mutant("iss of the callback") =>',
      ],
    ],
    [callbacks("https://evil.io")],
  ],
  [
    "iss of the callback absent",
    PROVIDER,
    [
      [
        "None if has_code && metadata.names_itself =>",
        'None if has_code && metadata.names_itself && !mutant("iss of the callback absent") =>',
      ],
    ],
    [callbacks("None true")],
  ],
  [
    "iss of GitHub's callback",
    PROVIDER,
    [
      [
        "Some(issuer) if issuer != endpoints.callback_issuer =>",
        'Some(issuer) if issuer != endpoints.callback_issuer && !mutant("iss of GitHub\'s callback") =>',
      ],
    ],
    [lib("oauth::tests::own_interfaces::a_callback_of_github_may_name_github_only")],
  ],
  // PKCE.
  [
    "challenge",
    PROVIDER,
    [
      [
        'self.preset.pkce.then_some(("code_challenge", ',
        '(self.preset.pkce && !mutant("challenge")).then_some(("code_challenge", ',
      ],
    ],
    [beginning],
  ],
  [
    "challenge method",
    PROVIDER,
    [
      [
        'self.preset.pkce.then_some(("code_challenge_method", ',
        '(self.preset.pkce && !mutant("challenge method")).then_some(("code_challenge_method", ',
      ],
    ],
    [beginning],
  ],
  [
    "verifier",
    PROVIDER,
    [["self.preset.pkce.then_some(code_verifier)", '(self.preset.pkce && !mutant("verifier")).then_some(code_verifier)']],
    [
      lib("oauth::tests::answers::the_code_is_exchanged_with_its_verifier_and_the_secret_in_the_header"),
      lib("oauth::tests::own_interfaces::github_gets_the_secret_in_the_body_and_the_verifier"),
    ],
  ],
  [
    "state not sent",
    PROVIDER,
    [
      [
        '.append_pair("state", request.state)',
        '.extend_pairs((!mutant("state not sent")).then_some(("state", request.state)))',
      ],
    ],
    [beginning],
  ],
  // Who it is.
  [
    "sub of userinfo",
    PROVIDER,
    [
      [
        "if more.sub.as_str() != Some(&claims.sub) {",
        'if more.sub.as_str() != Some(&claims.sub) && !mutant("sub of userinfo") {',
      ],
    ],
    [lib("oauth::tests::answers::an_answer_about_somebody_else_is_refused")],
  ],
  [
    "email_verified",
    IDENTITY,
    [
      [
        "| ProviderKind::Oidc => self.email_verified == Value::Bool(true)",
        '| ProviderKind::Oidc => { let said = &self.email_verified; *said == Value::Bool(true) || (mutant("email_verified") && *said == Value::Bool(false)) || (mutant("email_verified absent") && said.is_null()) || (mutant("email_verified as a text") && said.as_str() == Some("true")) }',
      ],
    ],
    [verified],
  ],
  ["email_verified absent", IDENTITY, [], [verified]],
  ["email_verified as a text", IDENTITY, [], [verified]],
  [
    "xms_edov",
    IDENTITY,
    [["ProviderKind::Microsoft => self.xms_edov", 'ProviderKind::Microsoft => mutant("xms_edov") || self.xms_edov']],
    [verified, lib("oauth::tests::presets::microsoft_names_the_tenant_of_each_person")],
  ],
  [
    "authority over an unverified address",
    IDENTITY,
    [
      [
        "address_is_verified && found.is_some_and",
        '(address_is_verified || mutant("authority over an unverified address")) && found.is_some_and',
      ],
    ],
    [authority('"email_verified"')],
  ],
  [
    "authority of hd",
    IDENTITY,
    [
      [
        "hosted.as_deref() == Some(domain)",
        '(hosted.as_deref() == Some(domain) || (mutant("authority of hd") && hosted.is_some()))',
      ],
    ],
    [authority("other.example")],
  ],
  [
    "authority of an issuer",
    IDENTITY,
    [["of.authoritative.contains(domain)", '(of.authoritative.contains(domain) || mutant("authority of an issuer"))']],
    [authority("sub.example.org")],
  ],
];
