//! The pages that mailed links lead to: one form each, one script for all.

use palisade_core::input::Rules;
use palisade_core::output::{BuiltInPage, Html, PageParts};

/// A page with a form that sends the token of its link.
struct Form {
    title: &'static str,
    lead: &'static str,
    /// Where the token and the fields are sent, as JSON.
    endpoint: &'static str,
    fields: &'static [Field],
    button: &'static str,
    done: &'static str,
}

/// What a person is asked for.
enum Field {
    Email,
    Name,
    /// A password being chosen.
    Password,
    /// The same, but only asked for once the server says `PASSWORD_REQUIRED`.
    PasswordOnDemand,
}

/// `/account/verify`: proves a mailbox. In any other browser than the one that registered, a password is chosen here.
pub(super) fn verify(rules: &Rules) -> BuiltInPage {
    page(
        rules,
        &Form {
            title: "Confirm your mailbox",
            lead: "Press the button and your account is ready.",
            endpoint: "/api/v1/auth/verify-email",
            fields: &[Field::PasswordOnDemand],
            button: "Confirm",
            done: "Your mailbox is proven. You can sign in now.",
        },
    )
}

/// `/account/setup`: makes the first super-admin.
pub(super) fn setup(rules: &Rules) -> BuiltInPage {
    page(
        rules,
        &Form {
            title: "Set up the first account",
            lead: "It may do everything, and there is none before it. The link works once.",
            endpoint: "/api/v1/auth/setup",
            fields: &[Field::Email, Field::Name, Field::Password],
            button: "Create the account",
            done: "The account is made. You can sign in now.",
        },
    )
}

fn page(rules: &Rules, form: &Form) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<main class=\"sheet\">\n<div class=\"brand\">").mark().raw("<span>").text(&rules.product_name);
    body.raw("</span></div>\n<div class=\"card\">\n<h1 tabindex=\"-1\">").raw(form.title).raw("</h1>\n");
    body.raw("<p class=\"lead\">").raw(form.lead).raw("</p>\n");
    body.raw("<noscript><p class=\"notice bad\">This page needs JavaScript to send the token of your link. ");
    body.raw("Turn it on for this page, or open the link in another browser.</p></noscript>\n");
    // There from the start, so that screen readers watch it before anything is said.
    body.raw("<p class=\"notice\" role=\"status\" aria-live=\"polite\"></p>\n");
    body.raw("<form hidden data-endpoint=\"")
        .raw(form.endpoint)
        .raw("\" data-done=\"")
        .raw(form.done)
        .raw("\">\n");
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
        Field::Email => {
            html.raw("<div class=\"field\"><label for=\"email\">Email</label>\n");
            html.raw("<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" maxlength=\"254\" required ");
            html.raw("aria-describedby=\"email-mistake\">\n");
            html.raw("<p class=\"mistake\" id=\"email-mistake\"></p></div>\n");
        }
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

    fn all() -> [(&'static str, BuiltInPage); 2] {
        [("verify", verify(&rules())), ("setup", setup(&rules()))]
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
        let page = setup(&rules());
        assert!(page.html().contains("At least 14 characters") && page.html().contains("minlength=\"14\""));
        assert!(page.html().contains("<span>Fish &amp; Chips</span>"));
    }

    #[test]
    fn a_password_is_only_asked_for_once_it_is_needed() {
        let page = verify(&rules());
        assert!(page.html().contains("data-on-demand hidden"));
        assert!(page.html().contains("required disabled"), "a hidden field must not hold the form back");
    }
}
