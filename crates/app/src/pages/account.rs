//! The target pages of mailed links: one form each, one script for all.

use palisade_core::config::AppConfig;
use palisade_core::output::{BuiltInPage, PageParts, PageTemplates};
use palisade_core::utils::templates::{TemplateContext, TemplateError};
use palisade_core::values::Rules;

/// The endpoint that returns the purpose of a link.
const LINK: &str = "/api/v1/auth/link";

/// A page with a form that sends the token of its link.
pub(super) struct Form {
    /// The template, which has the fields.
    template: &'static str,
    title: &'static str,
    lead: &'static str,
    /// The same for a link that names its account.
    named: Option<(&'static str, &'static str)>,
    /// The purpose of its links, in the server's terms.
    purpose: &'static str,
    /// The endpoint for the token and the fields, as JSON.
    endpoint: &'static str,
    button: &'static str,
    done: &'static str,
    /// The advice for an expired link.
    over: &'static str,
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
pub(super) const VERIFY: Form = Form {
    template: "verify.html",
    title: "Confirm your mailbox",
    lead: "Press the button and your account is ready.",
    named: None,
    purpose: "verification",
    endpoint: "/api/v1/auth/verify-email",
    button: "Confirm",
    done: "Your mailbox is proven. You can sign in now.",
    over: "Please register again, or ask for another mail.",
};

/// `/account/setup`: makes a super-admin, the first one or the one the operator named.
pub(super) const SETUP: Form = Form {
    template: "setup.html",
    title: "Set up the first account",
    lead: "It may do everything. The link works once.",
    named: Some((
        "Set up your administrator account",
        "It may do everything. The link is for this address only, and works once.",
    )),
    purpose: "setup",
    endpoint: "/api/v1/auth/setup",
    button: "Create the account",
    done: "The account is made. You can sign in now.",
    over: "Whoever runs this server can make another one.",
};

/// `/account/reset`: chooses another password.
pub(super) const RESET: Form = Form {
    template: "reset.html",
    title: "Choose a new password",
    lead: "It signs you out everywhere, on this device too.",
    named: None,
    purpose: "password-reset",
    endpoint: "/api/v1/auth/reset-password",
    button: "Change the password",
    done: "Your password is changed. You can sign in now.",
    over: "Please ask for another mail.",
};

/// `/account/forgot`: asks for the mail that leads there. Without a link, so without a purpose.
pub(super) const FORGOT: Form = Form {
    template: "forgot.html",
    title: "Forgotten your password?",
    lead: "Enter the address of your account. You get a mail with a link to choose a new password.",
    named: None,
    purpose: "",
    endpoint: "/api/v1/auth/forgot-password",
    button: "Send the mail",
    done: "If the address has an account, a mail is on its way. Please look into your mailbox, also for spam.",
    over: "",
};

/// `/account/confirm-email`: confirms another address. Needs a session of the user who asked for it.
pub(super) const CONFIRM_EMAIL: Form = Form {
    template: "confirm-email.html",
    title: "Confirm your new address",
    lead: "Press the button and your account has this address. Every other device is signed out.",
    named: None,
    purpose: "email-change",
    endpoint: "/api/v1/auth/confirm-email",
    button: "Confirm",
    done: "Your account has this address now. Use it the next time you sign in.",
    over: "Please ask for another mail.",
};

/// `/account/secure`: ends every session of an account whose owner did not ask for another address.
pub(super) const SECURE: Form = Form {
    template: "secure.html",
    title: "Secure your account",
    lead: "If you did not ask for another address, press the button: every device is signed out, and the change is cancelled.",
    named: None,
    purpose: "secure-account",
    endpoint: "/api/v1/auth/secure-account",
    button: "Sign out every device",
    done: "Every device is signed out. Please choose a new password now: say that you forgot the old one.",
    over: "Every device was signed out already, or the change took place.",
};

const PARTS: PageParts = PageParts { style: "", script: include_str!("account.js"), connects: true };

pub(super) fn page(
    templates: &PageTemplates,
    rules: &Rules,
    way: &Way,
    form: &Form,
) -> Result<BuiltInPage, TemplateError> {
    templates.page(form.template, context(rules, way, form), PARTS)
}

fn context(rules: &Rules, way: &Way, form: &Form) -> TemplateContext {
    let (title, lead) = form.named.unwrap_or((form.title, form.lead));
    TemplateContext::new()
        .with("product", &rules.product_name)
        .with("password_min_length", rules.password_min_length)
        .with("way", TemplateContext::new().with("href", &way.url).with("name", way.name))
        .with("title", form.title)
        .with("lead", form.lead)
        .with("named", TemplateContext::new().with("title", title).with("lead", lead))
        .with("link", if form.purpose.is_empty() { "" } else { LINK })
        .with("purpose", form.purpose)
        .with("endpoint", form.endpoint)
        .with("button", form.button)
        .with("done", form.done)
        .with("over", form.over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::templates;

    fn rules() -> Rules {
        Rules { password_min_length: 14, product_name: "Fish & Chips".to_owned() }
    }

    fn way() -> Way {
        Way { url: "https://app.example.org/sign-in?a=1&b=2".to_owned(), name: "Sign in" }
    }

    /// Those that choose a password.
    fn choosing() -> [(&'static str, BuiltInPage); 3] {
        [("verify", shown(&VERIFY)), ("setup", shown(&SETUP)), ("reset", shown(&RESET))]
    }

    fn all() -> Vec<(&'static str, BuiltInPage)> {
        let others = [("forgot", &FORGOT), ("confirm-email", &CONFIRM_EMAIL), ("secure", &SECURE)];
        choosing().into_iter().chain(others.map(|(name, form)| (name, shown(form)))).collect()
    }

    fn shown(form: &Form) -> BuiltInPage {
        let page = templates().and_then(|templates| page(&templates, &rules(), &way(), form));
        page.expect("a page")
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
    fn there_is_a_way_on() {
        for (name, page) in all() {
            let way = "<a class=\"go\" href=\"https://app.example.org/sign-in?a=1&amp;b=2\">Sign in</a>";
            assert!(page.html().contains(way), "{name}");
        }
    }

    #[test]
    fn no_value_of_the_pages_becomes_markup() {
        for form in [VERIFY, SETUP, RESET, FORGOT, CONFIRM_EMAIL, SECURE] {
            let hostile = context(&rules(), &way(), &form).map_texts(&|_| "\"'><script>".to_owned());
            let page = templates().expect("templates").page(form.template, hostile, PARTS).expect("a page");
            assert_eq!(page.html().matches("<script").count(), 1, "only the page's own");
            assert!(!page.html().contains("'><"));
            assert_eq!(page.html().matches("&quot;&#39;&gt;&lt;script&gt;").count(), 15);
        }
    }
}
