// The guards of attempts, and of where they send browsers to, as in tokens.mjs. The tests are those of the interface.
import { api } from "./kills.mjs";

const ATTEMPTS = "crates/modules/src/auth/service/oauth_attempts.rs";
const COOKIES = "crates/modules/src/auth/oauth_cookies.rs";
const RETURN_TO = "crates/core/src/net/return_to.rs";

const state = api("attacks::a_state_works_once_in_its_own_browser_and_not_for_long");
const twenty = api("attacks::one_state_twenty_times_at_once_signs_in_once");
const elsewhere = api("attacks::a_code_goes_only_to_the_provider_at_which_the_attempt_began");
const first = api("joining::the_first_sign_in_makes_an_account_and_the_subject_decides_later_ones");
const returning = (place) => api("attacks::a_browser_returns_to_this_server_or_a_listed_origin_only", place);

export const attempts = [
  // The state.
  ["state", COOKIES, [["attempt.state == state &&", '(attempt.state == state || mutant("state")) &&']], [state]],
  [
    "state used before",
    ATTEMPTS,
    [
      [
        "Err(StoreError::Duplicate { .. }) => return",
        'Err(StoreError::Duplicate { .. }) if mutant("state used before") => {}\n            Err(StoreError::Duplicate { .. }) => return',
      ],
    ],
    [state, twenty],
  ],
  [
    "state of another browser",
    COOKIES,
    [
      // As a server that keeps attempts itself and asks no cookie.
      [
        "        let kind = SealedCookieKind::OAuthAttempt(",
        "        everybodys().push(note.clone());\n        let kind = SealedCookieKind::OAuthAttempt(",
      ],
      [
        "        let texts = cookies",
        '        if mutant("state of another browser") { return everybodys().clone(); }\n        let texts = cookies',
      ],
      [
        "/// Creates and reads these cookies.",
        "fn everybodys() -> std::sync::MutexGuard<'static, Vec<AttemptNote>> {\n    static ALL: std::sync::Mutex<Vec<AttemptNote>> = std::sync::Mutex::new(Vec::new());\n    ALL.lock().unwrap()\n}\n\n/// Creates and reads these cookies.",
      ],
    ],
    [state],
  ],
  [
    "state of another provider",
    COOKIES,
    [["&& attempt.provider == provider)", '&& (attempt.provider == provider || mutant("state of another provider")))']],
    [elsewhere],
  ],
  [
    "state that expired",
    COOKIES,
    [
      [
        "let now = self.clock.now();",
        'let now = if mutant("state that expired") { Timestamp::EPOCH } else { self.clock.now() };',
      ],
    ],
    [state],
  ],
  [
    "attempts without end",
    COOKIES,
    [["saturating_sub(MAX_ATTEMPTS)", 'saturating_sub(MAX_ATTEMPTS + if mutant("attempts without end") { 100 } else { 0 })']],
    [api("attacks::a_browser_has_five_attempts_at_most")],
  ],
  // The answer.
  [
    "mix-up",
    ATTEMPTS,
    [
      [
        "let known = provider.check_issuer(issuer, input.code.is_some()).await;",
        'let known = if mutant("mix-up") { Ok(()) } else { provider.check_issuer(issuer, input.code.is_some()).await };',
      ],
    ],
    [elsewhere],
  ],
  [
    "error beside a code",
    ATTEMPTS,
    [
      [
        "if let Some(error) = &input.error {",
        'if let Some(error) = input.error.as_ref().filter(|_| !mutant("error beside a code")) {',
      ],
    ],
    [api("attacks::a_refusal_at_the_provider_leads_back_with_a_code")],
  ],
  [
    "challenge in plain",
    ATTEMPTS,
    [
      [
        "let challenge = encode_base64url(sha256(&[note.verifier.as_bytes()]));",
        'let challenge = if mutant("challenge in plain") { note.verifier.clone() } else { encode_base64url(sha256(&[note.verifier.as_bytes()])) };',
      ],
    ],
    [first],
  ],
  [
    "one verifier for all",
    COOKIES,
    [
      [
        "            verifier: random(),",
        '            verifier: if mutant("one verifier for all") { "a".repeat(43) } else { random() },',
      ],
    ],
    [api("attacks::every_attempt_has_secrets_of_its_own")],
  ],
  [
    "one nonce for all",
    COOKIES,
    [
      [
        "            nonce: random(),",
        '            nonce: if mutant("one nonce for all") { "a".repeat(43) } else { random() },',
      ],
    ],
    [api("attacks::every_attempt_has_secrets_of_its_own")],
  ],
  [
    "one state for all",
    COOKIES,
    [
      [
        "            state: random(),",
        '            state: if mutant("one state for all") { "a".repeat(43) } else { random() },',
      ],
    ],
    [api("attacks::every_attempt_has_secrets_of_its_own")],
  ],
  // Where browsers are sent. No request reaches the place that makes the redirect URI, so there is no guard: the mutant shows that
  // the test looks at it.
  [
    "redirect URI",
    ATTEMPTS,
    [
      [
        'format!("{}{}", own.as_str(), callback_path(provider))',
        'format!("{}{}", if mutant("redirect URI") { "https://evil.example" } else { own.as_str() }, callback_path(provider))',
      ],
    ],
    [api("attacks::the_redirect_uri_depends_on_no_request")],
  ],
  [
    "return to any origin",
    RETURN_TO,
    [
      [
        "None => Err(ReturnToRefused::Elsewhere),",
        'None if mutant("return to any origin") => Ok(page()),\n            None => Err(ReturnToRefused::Elsewhere),',
      ],
    ],
    [returning("https:evil.example")],
  ],
  [
    "return to a longer origin",
    RETURN_TO,
    [
      [
        "rest.is_empty() || rest.starts_with('/'))",
        "rest.is_empty() || rest.starts_with('/') || mutant(\"return to a longer origin\"))",
      ],
      [
        "Some((origin, rest)) => check_page",
        'Some(_) if mutant("return to a longer origin") => Ok(page()),\n            Some((origin, rest)) => check_page',
      ],
    ],
    [returning("https://app.example.org@evil.example")],
  ],
  [
    "return to any page",
    RETURN_TO,
    [
      [
        "if text.starts_with('/') {",
        "if text.starts_with('/') && mutant(\"return to any page\") {\n            return Ok(page());\n        }\n        if text.starts_with('/') {",
      ],
    ],
    [returning("//evil.example")],
  ],
  [
    "return by any character",
    RETURN_TO,
    [
      [
        "if !text.bytes().all(is_of_an_address) {",
        "if mutant(\"return by any character\") && text.starts_with('/') && text.contains('\\\\') {\n            return Ok(Self { text: text.to_owned(), leads_to: LeadsTo::Page });\n        }\n        if !text.bytes().all(is_of_an_address) {",
      ],
    ],
    [returning("/\\evil.example")],
  ],
  [
    "return by encoded slashes",
    RETURN_TO,
    [
      [
        "decoded.contains(['/', '\\\\', '%']);",
        "(decoded.contains(['/', '\\\\', '%']) && !mutant(\"return by encoded slashes\"));",
      ],
    ],
    [returning("/%2f%2fevil.example")],
  ],
  [
    "return by a control character",
    RETURN_TO,
    [
      [
        "if decoded.contains(char::is_control) {",
        'if decoded.contains(char::is_control) && !mutant("return by a control character") {',
      ],
    ],
    [returning("/%09/evil.example")],
  ],
];
