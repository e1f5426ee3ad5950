//! The templates of these pages, compiled.

use palisade_core::output::PageTemplates;
use palisade_core::utils::templates::TemplateError;

/// Compiles the templates of all pages.
///
/// # Errors
/// When one does not compile.
pub(crate) fn templates() -> Result<PageTemplates, TemplateError> {
    PageTemplates::new(palisade_core::template_files![
        "accept-invitation.html",
        "form.html",
        "confirm-email.html",
        "connect.html",
        "fields.html",
        "forgot.html",
        "front.html",
        "mailbox.html",
        "overview.html",
        "providers.html",
        "reset.html",
        "secure.html",
        "setup.html",
        "sign-in.html",
        "sign-up.html",
        "start.html",
        "verify.html",
    ])
}
