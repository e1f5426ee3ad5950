//! `/account`: what a user does about the own account: devices, password, address, deletion.

use palisade_core::output::{BuiltInPage, PageError, PageParts, PageTemplates};
use palisade_core::utils::languages::{Language, TextError};
use palisade_core::utils::templates::TemplateContext;
use palisade_core::values::Rules;

use super::form::arguments;
use super::ways::Ways;

const PARTS: PageParts = PageParts {
    style: include_str!("overview.css"),
    script: concat!(include_str!("form_tools.js"), include_str!("overview.js")),
    connects: true,
};

pub(super) fn page(
    templates: &PageTemplates,
    language: &Language,
    rules: &Rules,
    ways: &Ways,
) -> Result<BuiltInPage, PageError> {
    let context = context(language, rules, ways)?;
    Ok(templates.page_in(language, "overview.html", context, PARTS)?)
}

fn context(language: &Language, rules: &Rules, ways: &Ways) -> Result<TemplateContext, TextError> {
    let arguments = arguments(rules);
    Ok(TemplateContext::new()
        .with("t", language.texts("page-", &arguments)?.to_values())
        .with("script_texts", language.texts("page-script-", &arguments)?.to_json())
        .with("product", &rules.product_name)
        .with("password_min_length", rules.password_min_length)
        .with("providers", ways.providers(language, "page-overview-link-provider")?)
        .with("sign_in", ways.sign_in()))
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
        Ways::for_tests("/account/sign-in", "/account", "Acme")
    }

    fn shown_in(language: &str) -> BuiltInPage {
        let languages = Languages::built_in().expect("languages");
        let language = languages.of(LanguageTag::parse(language).as_ref());
        page(&templates().expect("templates"), language, &rules(), &ways()).expect("a page")
    }

    #[test]
    fn every_input_has_a_label_and_an_id_of_its_own() {
        let page = shown_in("en");
        let ids: Vec<&str> =
            page.html().split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        for id in page.html().split("<input id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.html().contains(&format!("<label for=\"{id}\">")), "{id}");
        }
    }

    #[test]
    fn what_is_asked_for_now_and_then_holds_no_form_back() {
        let page = shown_in("en");
        assert_eq!(page.html().matches("data-on-demand hidden").count(), 3);
        assert_eq!(page.html().matches("required disabled").count(), 3);
    }

    #[test]
    fn the_page_is_all_in_its_language() {
        let page = shown_in("ar");
        assert!(page.html().contains("<html lang=\"ar\" dir=\"rtl\">"));
        let markup = page.html().split("<script>").next().unwrap_or_default();
        for word in ["Your account", "Change", "Delete", "Sign out", "Password<"] {
            assert!(!markup.contains(word), "{word}");
        }
    }

    #[test]
    fn no_value_of_the_page_becomes_markup() {
        let languages = Languages::built_in().expect("languages");
        let context = context(languages.of(None), &rules(), &ways()).expect("texts");
        let hostile = context.map_texts(&|_| "\"'><script>".to_owned());
        let page = templates().expect("templates").page("overview.html", hostile, PARTS).expect("a page");
        assert_eq!(page.html().matches("<script").count(), 1, "only the page's own");
        assert!(!page.html().contains("'><"));
    }
}
