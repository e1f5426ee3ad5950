//! The target pages of mailed links: one form each, one script for all.

use palisade_core::config::AppConfig;
use palisade_core::output::{BuiltInPage, Html, PageParts};
use palisade_core::values::Rules;

/// The endpoint that returns the purpose of a link.
const LINK: &str = "/api/v1/auth/link";

/// A page with a form that sends the token of its link.
struct Form {
    title: &'static str,
    lead: &'static str,
    /// The same for a link that names its account.
    named: Option<(&'static str, &'static str)>,
    /// The purpose of its links, in the server's terms.
    purpose: &'static str,
    /// The endpoint for the token and the fields, as JSON.
    endpoint: &'static str,
    fields: &'static [Field],
    button: &'static str,
    done: &'static str,
    /// The advice for an expired link.
    over: &'static str,
}

/// The fields of a form.
enum Field {
    /// An address, unless the link names it.
    Email,
    /// The address that the link names: shown, and for the password manager to keep. Not sent.
    Known,
    Name,
    /// A new password.
    Password,
    /// The same, but only if the link requires one.
    PasswordOnDemand,
}

/// The next step for people who are done.
pub(super) struct Way {
    url: String,
    name: &'static str,
}

impl Way {
    /// To the sign-in page, else to the home page, else to the start page of this server.
    pub(super) fn on(app: &AppConfig) -> Self {
        let to = |url: &str, name| Self { url: url.to_owned(), name };
        match (app.sign_in_url(), app.home_url()) {
            (Some(url), _) => to(url.as_str(), "Sign in"),
            (None, Some(url)) => to(url.as_str(), "Go on"),
            (None, None) => to("/", "Go to the start"),
        }
    }
}

/// `/account/verify`: proves a mailbox. In any other browser than the one that registered, a password is chosen here.
pub(super) fn verify(rules: &Rules, way: &Way) -> BuiltInPage {
    let form = Form {
        title: "Confirm your mailbox",
        lead: "Press the button and your account is ready.",
        named: None,
        purpose: "verification",
        endpoint: "/api/v1/auth/verify-email",
        fields: &[Field::Known, Field::PasswordOnDemand],
        button: "Confirm",
        done: "Your mailbox is proven. You can sign in now.",
        over: "Please register again, or ask for another mail.",
    };
    page(rules, way, &form)
}

/// `/account/setup`: makes a super-admin, the first one or the one the operator named.
pub(super) fn setup(rules: &Rules, way: &Way) -> BuiltInPage {
    let form = Form {
        title: "Set up the first account",
        lead: "It may do everything. The link works once.",
        named: Some((
            "Set up your administrator account",
            "It may do everything. The link is for this address only, and works once.",
        )),
        purpose: "setup",
        endpoint: "/api/v1/auth/setup",
        fields: &[Field::Email, Field::Name, Field::Password],
        button: "Create the account",
        done: "The account is made. You can sign in now.",
        over: "Whoever runs this server can make another one.",
    };
    page(rules, way, &form)
}

fn page(rules: &Rules, way: &Way, form: &Form) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<main class=\"sheet\">\n<div class=\"brand\">").mark().raw("<span>").text(&rules.product_name);
    body.raw("</span></div>\n<div class=\"card\">\n<h1 tabindex=\"-1\"");
    let (title, lead) = form.named.unwrap_or((form.title, form.lead));
    body.raw(" data-named=\"").raw(title).raw("\">").raw(form.title).raw("</h1>\n");
    body.raw("<p class=\"lead\" hidden data-named=\"").raw(lead).raw("\">").raw(form.lead).raw("</p>\n");
    body.raw("<noscript><p class=\"notice bad\">This page needs JavaScript to send the token of your link. ");
    body.raw("Turn it on for this page, or open the link in another browser.</p></noscript>\n");
    // Present from the start, so that screen readers watch it before it has a text.
    body.raw("<p class=\"notice\" role=\"status\" aria-live=\"polite\"></p>\n");
    body.raw("<p class=\"way\" hidden><a class=\"go\" href=\"").text(&way.url).raw("\">").raw(way.name);
    body.raw("</a></p>\n<form hidden");
    for (name, value) in [
        (" data-link=\"", LINK),
        (" data-purpose=\"", form.purpose),
        (" data-endpoint=\"", form.endpoint),
        (" data-done=\"", form.done),
        (" data-over=\"", form.over),
    ] {
        body.raw(name).raw(value).raw("\"");
    }
    body.raw(">\n");
    for field in form.fields {
        write_field(field, rules, &mut body);
    }
    body.raw("<button>").raw(form.button).raw("</button>\n</form>\n</div>\n</main>\n");
    BuiltInPage::assemble(&PageParts {
        title: &format!("{} · {}", form.title, rules.product_name),
        body,
        style: "",
        script: include_str!("account.js"),
        connects: true,
    })
}

fn write_field(field: &Field, rules: &Rules, html: &mut Html) {
    match *field {
        Field::Email => email(false, html),
        Field::Known => email(true, html),
        Field::Name => {
            html.raw("<div class=\"field\"><label for=\"name\">Name <small>(optional)</small></label>\n");
            html.raw(
                "<input id=\"name\" name=\"name\" autocomplete=\"name\" aria-describedby=\"name-mistake\">\n",
            );
            html.raw("<p class=\"mistake\" id=\"name-mistake\"></p></div>\n");
        }
        Field::Password => password(false, rules, html),
        Field::PasswordOnDemand => password(true, rules, html),
    }
}

/// An address before the password, so that password managers keep the two together.
fn email(known: bool, html: &mut Html) {
    html.raw(if known { "<div class=\"field\" data-known hidden>" } else { "<div class=\"field\">" });
    html.raw("<label for=\"email\">Email</label>\n<input id=\"email\" name=\"email\" type=\"email\" ");
    html.raw("autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"254\" ");
    html.raw(if known { "readonly data-unsent " } else { "required " });
    html.raw("aria-describedby=\"email-mistake\">\n<p class=\"mistake\" id=\"email-mistake\"></p></div>\n");
}

fn password(on_demand: bool, rules: &Rules, html: &mut Html) {
    let least = rules.password_min_length.to_string();
    html.raw(if on_demand { "<div class=\"field\" data-on-demand hidden>" } else { "<div class=\"field\">" });
    html.raw("<label for=\"password\">Choose a password</label>\n<input id=\"password\" name=\"password\" ");
    html.raw("type=\"password\" autocomplete=\"new-password\" minlength=\"").text(&least).raw("\" required ");
    html.raw(if on_demand { "disabled " } else { "" })
        .raw("aria-describedby=\"password-hint password-mistake\">\n");
    html.raw(
        "<p class=\"mistake\" id=\"password-mistake\"></p>\n<p class=\"hint\" id=\"password-hint\">At least ",
    )
    .text(&least);
    html.raw(" characters. A few words you will remember are best.</p>\n");
    html.raw("<button type=\"button\" class=\"quiet\" data-shows=\"password\">");
    html.raw("Show the password</button></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules { password_min_length: 14, product_name: "Fish & Chips".to_owned() }
    }

    fn way() -> Way {
        Way { url: "https://app.example.org/sign-in?a=1&b=2".to_owned(), name: "Sign in" }
    }

    fn all() -> [(&'static str, BuiltInPage); 2] {
        [("verify", verify(&rules(), &way())), ("setup", setup(&rules(), &way()))]
    }

    #[test]
    fn no_page_loads_anything_or_runs_what_its_policy_does_not_name() {
        for (name, page) in all() {
            for word in [
                "<link",
                "<img",
                " src=",
                "@import",
                "url(",
                " onclick=",
                " onsubmit=",
                " style=\"",
                "action=",
            ] {
                assert!(!page.html().contains(word), "{name}: {word}");
            }
            let policy = page.content_security_policy();
            assert!(
                policy.starts_with("default-src 'none'; connect-src 'self'; style-src 'sha256-"),
                "{name}: {policy}"
            );
            assert!(
                policy.ends_with("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
                "{name}: {policy}"
            );
            assert!(!policy.contains("unsafe"), "{name}: {policy}");
        }
    }

    #[test]
    fn every_input_has_a_label_and_a_place_for_its_mistake() {
        for (name, page) in all() {
            for id in page.html().split("<input id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(page.html().contains(&format!("<label for=\"{id}\">")), "{name}: {id}");
                assert!(page.html().contains(&format!("id=\"{id}-mistake\"")), "{name}: {id}");
            }
        }
    }

    #[test]
    fn the_least_length_and_the_product_are_told() {
        let page = setup(&rules(), &way());
        assert!(page.html().contains("At least 14 characters") && page.html().contains("minlength=\"14\""));
        assert!(page.html().contains("<span>Fish &amp; Chips</span>"));
    }

    #[test]
    fn a_password_is_only_asked_for_once_it_is_needed() {
        let page = verify(&rules(), &way());
        assert!(page.html().contains("data-on-demand hidden"));
        assert!(page.html().contains("required disabled"), "a hidden field must not hold the form back");
    }

    #[test]
    fn password_managers_find_the_address_in_front_of_the_new_password() {
        for (name, page) in all() {
            let (before, behind) = page.html().split_once("autocomplete=\"username\"").expect(name);
            assert!(before.contains("<form") && behind.contains("autocomplete=\"new-password\""), "{name}");
        }
        assert!(verify(&rules(), &way()).html().contains("readonly data-unsent"));
    }

    #[test]
    fn there_is_a_way_on() {
        for (name, page) in all() {
            let way = "<a class=\"go\" href=\"https://app.example.org/sign-in?a=1&amp;b=2\">Sign in</a>";
            assert!(page.html().contains(way), "{name}");
        }
    }
}
