// The guards of what a sign-in through a provider does to accounts, as in tokens.mjs. The tests are those of the interface.
import { api, apiOnMongoDB } from "./kills.mjs";

const AUTH = "crates/modules/src/auth";
const [SIGN_INS, CONFIRMATIONS] = ["oauth_sign_ins", "identity_confirmations"].map((name) => `${AUTH}/service/${name}.rs`);
const ACCOUNTS = "crates/modules/src/user/service/providers.rs";

const twenty = api("attacks::one_state_twenty_times_at_once_signs_in_once");
const first = api("joining::the_first_sign_in_makes_an_account_and_the_subject_decides_later_ones");
const firsts = api("joining::twenty_first_sign_ins_at_once_make_one_account");
const registering = api("joining::a_registration_and_a_sign_in_of_one_address_at_once_make_one_account");
const authoritative = api("joining::an_authoritative_provider_joins_an_existing_account_by_itself_and_its_owner_is_told");
const nobodys = api("joining::an_unverified_address_of_nobody_becomes_an_account_by_mail");
const mailed = api("joining::the_mailed_link_joins_in_the_browser_that_came_from_the_provider_only");
const closed = api("joining::suspended_and_deleted_accounts_are_not_opened");
const closedByAddress = api("refusals::an_authoritative_provider_opens_no_suspended_or_deleted_account");
const apps = apiOnMongoDB("apps::a_code_is_of_no_use_to_another_app");
const session = api("joining::a_link_attempt_ends_with_its_session");
const linking = api("joining::a_signed_in_user_links_and_removes_accounts_but_never_the_last_way_in");

export const accounts = [
  // Which account it is.
  [
    "subject known",
    SIGN_INS,
    [
      [
        "if let Some(user) = self.users.by_provider(&subject).await? {",
        'if let Some(user) = self.users.by_provider(&subject).await?.filter(|_| !mutant("subject known")) {',
      ],
    ],
    [first],
  ],
  [
    "unverified address",
    SIGN_INS,
    [["if !identity.address_is_verified {", 'if !identity.address_is_verified && !mutant("unverified address") {']],
    [nobodys],
  ],
  [
    "authority",
    SIGN_INS,
    [
      [
        "Some(owner) if identity.is_authoritative && !owner.is_deleted() => {",
        'Some(owner) if (identity.is_authoritative || mutant("authority")) && !mutant("authority ignored") && (!owner.is_deleted() || mutant("deleted owner of the address")) => {',
      ],
    ],
    [first, mailed],
  ],
  ["authority ignored", SIGN_INS, [], [authoritative]],
  ["deleted owner of the address", SIGN_INS, [], [closedByAddress]],
  [
    "suspended owner of the address",
    SIGN_INS,
    [
      [
        "                if owner.is_suspended() {",
        '                if owner.is_suspended() && !mutant("suspended owner of the address") {',
      ],
    ],
    [closedByAddress],
  ],
  [
    "suspended user",
    SIGN_INS,
    [["} else if user.is_suspended() {", '} else if user.is_suspended() && !mutant("suspended user") {']],
    [closed],
  ],
  [
    "deleted user",
    SIGN_INS,
    [["    if user.is_deleted() {", '    if user.is_deleted() && !mutant("deleted user") {']],
    [closed],
  ],
  [
    "owner not told",
    SIGN_INS,
    [["(owner.id(), link.and(mail))", '(owner.id(), if mutant("owner not told") { link } else { link.and(mail) })']],
    [authoritative],
  ],
  // Races.
  [
    "lost race",
    SIGN_INS,
    [
      [
        "            return Attempt::unless_raced(error);",
        '            if mutant("lost race") { return Ok(Attempt::Done(Decision::Failed(failure::FAILED))); }\n            return Attempt::unless_raced(error);',
      ],
    ],
    [apiOnMongoDB("joining::twenty_first_sign_ins_at_once_make_one_account")],
  ],
  [
    "winner of the race",
    SIGN_INS,
    [
      [
        "let holder = self.users.by_provider(&account.subject).await?;",
        'let holder = self.users.by_provider(&account.subject).await?.filter(|_| !mutant("winner of the race"));',
      ],
    ],
    [apiOnMongoDB("joining::first_sign_ins_shortly_after_each_other_lead_to_one_account")],
  ],
  [
    "claim of the subject",
    SIGN_INS,
    [
      [
        "creation.and(self.users.stage_provider(id, account, act(id)))",
        'if mutant("claim of the subject") { creation } else { creation.and(self.users.stage_provider(id, account, act(id))) }',
      ],
    ],
    [first, firsts],
  ],
  [
    "claim of the address",
    "crates/modules/src/user/repository.rs",
    [
      [
        "Batch::new().insert(&claim, Identity::of_address(id)).insert(&id, user)",
        'if mutant("claim of the address") { return Batch::new().insert(&id, user); }\n    Batch::new().insert(&claim, Identity::of_address(id)).insert(&id, user)',
      ],
    ],
    [registering, first],
  ],
  [
    "two last ways in",
    "crates/modules/src/user/repository/providers.rs",
    [
      [
        "Batch::new().touch(read).remove(claim).into()",
        'if mutant("two last ways in") { return Batch::new().remove(claim).into(); }\n        Batch::new().touch(read).remove(claim).into()',
      ],
    ],
    [api("joining::of_two_last_ways_in_only_one_can_be_removed_at_once")],
  ],
  // The mailed link.
  [
    "link without its browser",
    CONFIRMATIONS,
    [
      [
        "read.filter(|read| read.value().email == proven)",
        'read.filter(|read| read.value().email == proven || mutant("link without its browser"))',
      ],
    ],
    [mailed],
  ],
  [
    "repeated by another browser",
    CONFIRMATIONS,
    [
      [
        "if note.redeemed.as_deref() != Some(used.id().to_string().as_str()) {",
        'if note.redeemed.as_deref() != Some(used.id().to_string().as_str()) && !mutant("repeated by another browser") {',
      ],
    ],
    [api("refusals::a_used_link_opens_nothing_in_a_browser_that_brought_another_identity")],
  ],
  [
    "link of a taken subject",
    CONFIRMATIONS,
    [
      [
        "if self.users.by_provider(subject).await?.is_some() {",
        'if self.users.by_provider(subject).await?.is_some() && !mutant("link of a taken subject") {',
      ],
    ],
    [api("refusals::a_mailed_link_takes_no_identity_from_its_user")],
  ],
  // Linking and removing.
  [
    "session of a link",
    `${AUTH}/service/new_sessions.rs`,
    [["find(|proven| *proven.id() == session)", 'find(|proven| *proven.id() == session || mutant("session of a link"))']],
    [session],
  ],
  [
    "taken by another",
    `${AUTH}/service/oauth_sign_ins/links.rs`,
    [["let is_theirs = holder.id() == user.id();", 'let is_theirs = holder.id() == user.id() || mutant("taken by another");']],
    [linking],
  ],
  [
    "twenty accounts",
    ACCOUNTS,
    [[">= MOST_ACCOUNTS", '>= MOST_ACCOUNTS + usize::from(mutant("twenty accounts"))']],
    [api("joining::a_user_links_twenty_accounts_at_most")],
  ],
  [
    "last way in",
    ACCOUNTS,
    [["if user.password().is_none() &&", 'if !mutant("last way in") && user.password().is_none() &&']],
    [linking],
  ],
  [
    "sessions after a removal",
    `${AUTH}/service/identities.rs`,
    [
      [
        "if Some(*other.id()) != current {",
        'if Some(*other.id()) != current && !mutant("sessions after a removal") {',
      ],
    ],
    [api("joining::removing_a_way_in_ends_the_sessions_that_may_have_come_by_it")],
  ],
  // The code of an app.
  [
    "app's code used before",
    `${AUTH}/service/oauth_sign_ins/apps.rs`,
    [
      [
        "Err(StoreError::Stale { .. }) => return",
        'Err(StoreError::Stale { .. }) if mutant("app\'s code used before") => {}\n            Err(StoreError::Stale { .. }) => return',
      ],
    ],
    [apps],
  ],
  [
    "app's verifier",
    `${AUTH}/service/oauth_sign_ins/apps.rs`,
    [["!= *challenge {", '!= *challenge && !mutant("app\'s verifier") {']],
    [apps],
  ],
];
