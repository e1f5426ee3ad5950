//! The pages with one form: the targets of mailed links, and where a session begins. One script for all.

use palisade_core::output::{BuiltInPage, PageError, PageParts, PageTemplates};
use palisade_core::utils::languages::{Language, TextArguments, TextError};
use palisade_core::utils::templates::TemplateContext;
use palisade_core::values::Rules;

use super::ways::Ways;

/// The endpoint that returns the purpose of a link.
const LINK: &str = "/api/v1/auth/link";

/// A page with a form. Its texts are `page-<name>-title`, `-lead`, `-button`, `-done`, and `-over` for an expired link.
pub(super) struct Form {
    /// The template, which has the fields.
    template: &'static str,
    name: &'static str,
    /// The purpose of its links, in the server's terms; `None` for a page without a link.
    purpose: Option<&'static str>,
    /// Whether a link that names its account has texts of its own: `-named-title` and `-named-lead`.
    is_named: bool,
    /// The endpoint for the token and the fields, as JSON.
    endpoint: &'static str,
    /// Whether it signs in, which leads on by itself.
    signs_in: bool,
}

/// `/account/sign-in`: begins a session.
pub(super) const SIGN_IN: Form = Form {
    template: "sign-in.html",
    name: "sign-in",
    purpose: None,
    is_named: false,
    endpoint: "/api/v1/auth/login",
    signs_in: true,
};

/// `/account/sign-up`: asks for an account.
pub(super) const SIGN_UP: Form = Form {
    template: "sign-up.html",
    name: "sign-up",
    purpose: None,
    is_named: false,
    endpoint: "/api/v1/auth/register",
    signs_in: false,
};

/// `/account/verify`: proves a mailbox. In any other browser than the one that registered, a password is chosen here.
pub(super) const VERIFY: Form = Form {
    template: "verify.html",
    name: "verify",
    purpose: Some("verification"),
    is_named: false,
    endpoint: "/api/v1/auth/verify-email",
    signs_in: false,
};

/// `/account/setup`: makes a super-admin, the first one or the one the operator named.
pub(super) const SETUP: Form = Form {
    template: "setup.html",
    name: "setup",
    purpose: Some("setup"),
    is_named: true,
    endpoint: "/api/v1/auth/setup",
    signs_in: false,
};

/// `/account/reset`: chooses another password.
pub(super) const RESET: Form = Form {
    template: "reset.html",
    name: "reset",
    purpose: Some("password-reset"),
    is_named: false,
    endpoint: "/api/v1/auth/reset-password",
    signs_in: false,
};

/// `/account/accept-invitation`: creates the account of an invited person.
pub(super) const ACCEPT_INVITATION: Form = Form {
    template: "accept-invitation.html",
    name: "accept-invitation",
    purpose: Some("invitation"),
    is_named: false,
    endpoint: "/api/v1/auth/accept-invitation",
    signs_in: false,
};

/// `/account/forgot`: asks for the mail that leads there.
pub(super) const FORGOT: Form = Form {
    template: "forgot.html",
    name: "forgot",
    purpose: None,
    is_named: false,
    endpoint: "/api/v1/auth/forgot-password",
    signs_in: false,
};

/// `/account/confirm-email`: confirms another address. Needs a session of the user who asked for it.
pub(super) const CONFIRM_EMAIL: Form = Form {
    template: "confirm-email.html",
    name: "confirm-email",
    purpose: Some("email-change"),
    is_named: false,
    endpoint: "/api/v1/auth/confirm-email",
    signs_in: false,
};

/// `/account/connect`: joins an account at a provider to the account with its address, and signs in.
pub(super) const CONNECT: Form = Form {
    template: "connect.html",
    name: "connect",
    purpose: Some("identity"),
    is_named: true,
    endpoint: "/api/v1/auth/confirm-identity",
    signs_in: true,
};

/// `/account/secure`: ends every session of an account whose owner did not ask for another address.
pub(super) const SECURE: Form = Form {
    template: "secure.html",
    name: "secure",
    purpose: Some("secure-account"),
    is_named: false,
    endpoint: "/api/v1/auth/secure-account",
    signs_in: false,
};

const PARTS: PageParts = PageParts {
    style: "",
    script: concat!(include_str!("form_tools.js"), include_str!("form.js")),
    connects: true,
};

/// Where the scripts put a time, and the name of a device or a provider, into a text.
const WHEN: &str = "{when}";
const DEVICE: &str = "{device}";
const PROVIDER: &str = "{provider}";

/// What the texts of pages are about.
pub(super) fn arguments(rules: &Rules) -> TextArguments {
    TextArguments::new()
        .with("product", rules.product_name.as_str())
        .with("minLength", rules.password_min_length as u64)
        .with("when", WHEN)
        .with("device", DEVICE)
        .with("provider", PROVIDER)
}

pub(super) fn page(
    templates: &PageTemplates,
    language: &Language,
    rules: &Rules,
    ways: &Ways,
    form: &Form,
) -> Result<BuiltInPage, PageError> {
    let context = context(language, rules, ways, form)?;
    Ok(templates.page_in(language, form.template, context, PARTS)?)
}

fn context(
    language: &Language,
    rules: &Rules,
    ways: &Ways,
    form: &Form,
) -> Result<TemplateContext, TextError> {
    let arguments = arguments(rules);
    let own = |part: &str| language.text(&format!("page-{}-{part}", form.name), &arguments);
    let (title, lead) = (own("title")?, own("lead")?);
    let named =
        if form.is_named { (own("named-title")?, own("named-lead")?) } else { (title.clone(), lead.clone()) };
    let (link, over) = if form.purpose.is_some() { (LINK, own("over")?) } else { ("", String::new()) };
    Ok(TemplateContext::new()
        .with("t", language.texts("page-", &arguments)?.to_values())
        .with("script_texts", language.texts("page-script-", &arguments)?.to_json())
        .with("product", &rules.product_name)
        .with("password_min_length", rules.password_min_length)
        .with(
            "way",
            TemplateContext::new()
                .with("href", ways.sign_in())
                .with("name", language.text("page-sign-in", &arguments)?),
        )
        .with("sign_in", ways.sign_in())
        .with("next", if form.signs_in { ways.home() } else { "" })
        .with("title", title)
        .with("lead", lead)
        .with("named", TemplateContext::new().with("title", named.0).with("lead", named.1))
        .with("link", link)
        .with("providers", ways.providers(language, "page-provider")?)
        .with("purpose", form.purpose.unwrap_or_default())
        .with("endpoint", form.endpoint)
        .with("button", own("button")?)
        .with("done", own("done")?)
        .with("over", over))
}

#[cfg(test)]
mod tests {
    use palisade_core::utils::languages::{LanguageTag, Languages};

    use super::*;
    use crate::pages::templates;

    fn rules() -> Rules {
        Rules { password_min_length: 14, product_name: "Fish & Chips".to_owned(), permissions: Vec::new() }
    }

    fn ways() -> Ways {
        let at = |path: &str| format!("https://app.example.org{path}?a=1&b=2");
        Ways::for_tests(&at("/sign-in"), &at("/"), "Acme & Sons")
    }

    /// Those that choose a password.
    fn choosing() -> [(&'static str, BuiltInPage); 5] {
        [
            ("verify", shown(&VERIFY)),
            ("setup", shown(&SETUP)),
            ("reset", shown(&RESET)),
            ("sign-up", shown(&SIGN_UP)),
            ("accept-invitation", shown(&ACCEPT_INVITATION)),
        ]
    }

    fn all() -> Vec<(&'static str, BuiltInPage)> {
        let others = [
            ("forgot", &FORGOT),
            ("confirm-email", &CONFIRM_EMAIL),
            ("connect", &CONNECT),
            ("secure", &SECURE),
            ("sign-in", &SIGN_IN),
        ];
        choosing().into_iter().chain(others.map(|(name, form)| (name, shown(form)))).collect()
    }

    fn shown(form: &Form) -> BuiltInPage {
        shown_in("en", form)
    }

    fn shown_in(language: &str, form: &Form) -> BuiltInPage {
        let languages = Languages::built_in().expect("languages");
        let language = languages.of(LanguageTag::parse(language).as_ref());
        page(&templates().expect("templates"), language, &rules(), &ways(), form).expect("a page")
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
        let page = shown(&SETUP);
        assert!(page.html().contains("At least 14 characters") && page.html().contains("minlength=\"14\""));
        assert!(page.html().contains("<span>Fish &amp; Chips</span>"));
    }

    #[test]
    fn a_password_is_only_asked_for_once_it_is_needed() {
        let page = shown(&VERIFY);
        assert!(page.html().contains("data-on-demand hidden"));
        assert!(page.html().contains("required disabled"), "a hidden field must not hold the form back");
    }

    #[test]
    fn password_managers_find_the_address_in_front_of_the_new_password() {
        for (name, page) in choosing() {
            let (before, behind) = page.html().split_once("autocomplete=\"username\"").expect(name);
            assert!(before.contains("<form") && behind.contains("autocomplete=\"new-password\""), "{name}");
        }
        assert!(shown(&VERIFY).html().contains("readonly data-unsent"));
    }

    #[test]
    fn a_sign_in_offers_the_providers() {
        for form in [&SIGN_IN, &SIGN_UP] {
            let page = shown(form);
            let button = "<a class=\"go\" href=\"/api/v1/auth/oauth/acme\">Continue with Acme &amp; Sons</a>";
            assert!(page.html().contains(button), "{}", page.html());
        }
    }

    #[test]
    fn there_is_a_way_on() {
        for (name, page) in all() {
            let way = "<a class=\"go\" href=\"https://app.example.org/sign-in?a=1&amp;b=2\">Sign in</a>";
            assert!(page.html().contains(way), "{name}");
        }
    }

    #[test]
    fn no_value_of_the_pages_becomes_markup() {
        let languages = Languages::built_in().expect("languages");
        for form in [
            VERIFY,
            SETUP,
            RESET,
            ACCEPT_INVITATION,
            FORGOT,
            CONFIRM_EMAIL,
            CONNECT,
            SECURE,
            SIGN_IN,
            SIGN_UP,
        ] {
            let context = context(languages.of(None), &rules(), &ways(), &form).expect("texts");
            let hostile = context.map_texts(&|_| "\"'><script>".to_owned());
            let page = templates().expect("templates").page(form.template, hostile, PARTS).expect("a page");
            assert_eq!(page.html().matches("<script").count(), 1, "only the page's own");
            assert!(!page.html().contains("'><"));
            assert!(page.html().matches("&quot;&#39;&gt;&lt;script&gt;").count() > 15);
        }
    }

    #[test]
    fn a_page_is_all_in_its_language() {
        let english = Languages::built_in().expect("languages");
        let english =
            english.of(None).texts("page-", &TextArguments::new().with("minLength", 14).with("when", WHEN));
        assert!(english.is_err(), "a text without its argument is not shown");
        for (language, root, words) in [
            ("de", "<html lang=\"de\" dir=\"ltr\">", ["Passwort vergessen?", "E-Mail senden"]),
            ("ar", "<html lang=\"ar\" dir=\"rtl\">", ["هل نسيت كلمة المرور؟", "إرسال الرسالة"]),
        ] {
            let page = shown_in(language, &FORGOT);
            assert!(page.html().contains(root), "{language}");
            for word in words {
                assert!(page.html().contains(word), "{language}: {word}");
            }
            for word in ["Forgot", "Email<", "Send", "Please", "password.", "Enter"] {
                let markup = page.html().split("<script>").next().expect("markup");
                assert!(!markup.contains(word), "{language}: {word}");
            }
        }
    }
}
