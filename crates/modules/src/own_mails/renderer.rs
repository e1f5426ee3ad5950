//! Renders the mails of a product, beside those of Palisade.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::ports::BoxFuture;
use palisade_core::utils::languages::{Languages, TextArguments};

use super::types::Intent;
use crate::auth::{MailBudgets, over_budget};
use crate::mail::{Letter, MailForm, RenderEmail, RenderRequest, RenderedEmail, Verdict};
use crate::product::MailDef;
use crate::user::{self, User};

/// Every mail: those of the product, and the rest.
#[derive(Debug)]
pub(crate) struct Emails {
    pub(crate) own: OwnEmails,
    pub(crate) rest: Arc<dyn RenderEmail>,
}

/// Those of the product.
#[derive(Debug)]
pub(crate) struct OwnEmails {
    listed: &'static [&'static MailDef],
    users: user::Service,
    form: MailForm,
    languages: Languages,
    budgets: MailBudgets,
    /// Without a trailing slash.
    app_url: String,
}

impl OwnEmails {
    pub(crate) fn new(
        config: &Config,
        listed: &'static [&'static MailDef],
        (users, form, budgets): (user::Service, MailForm, MailBudgets),
    ) -> Self {
        let app_url = config.app.url.origin().as_str().trim_end_matches('/').to_owned();
        Self { listed, users, form, languages: config.languages.clone(), budgets, app_url }
    }

    async fn render(&self, mail: &'static MailDef, request: RenderRequest<'_>) -> Result<Verdict, AppError> {
        let intent: Intent = serde_json::from_str(request.payload)
            .map_err(|error| AppError::internal(format!("reading the intent of a mail: {error}")))?;
        let user = self.users.by_id(intent.user).await?.filter(|user| !user.is_suspended());
        let Some(user) = user else { return Ok(RenderedEmail::only(None).into()) };
        if let Some(wait) = self.budgets.wait_for_server(mail.name, request.is_new).await? {
            return Ok(over_budget(wait));
        }
        let mut arguments = TextArguments::new();
        for (name, value) in intent.arguments {
            // Another release may have had an argument that no text of this one asks for.
            if let Some(name) = mail.arguments.iter().find(|known| **known == name) {
                arguments = arguments.with(name, value);
            }
        }
        let link = intent.link.map(|path| format!("{}{path}", self.app_url));
        let letter = Letter { to: user.email().clone(), name: mail.name, arguments, link };
        let message = self.form.write(letter, self.languages.of(User::language(&user)))?;
        Ok(RenderedEmail::only(Some(message)).into())
    }
}

impl RenderEmail for Emails {
    fn render<'a>(&'a self, request: RenderRequest<'a>) -> BoxFuture<'a, Result<Verdict, AppError>> {
        match self.own.listed.iter().find(|mail| mail.name == request.purpose) {
            Some(mail) => Box::pin(self.own.render(mail, request)),
            None => self.rest.render(request),
        }
    }
}
