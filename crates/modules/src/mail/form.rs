//! The form of mails: one template for the text part and one for the HTML part. An operator can replace both.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::{AppError, with_causes};
use palisade_core::utils::languages::{Language, TextArguments};
use palisade_core::utils::templates::{TemplateContext, TemplateError, TemplateFile, Templates};

use super::types::{EmailMessage, MailFormError};
use crate::user::types::Email;

const HTML: &str = "mail.html";
const TEXT: &str = "mail.txt";

/// The maximum size of an operator's template. More than that, many readers cut off.
const MAX_BYTES: u64 = 100 * 1024;

/// What a mail says: the texts `mail-<name>-subject`, `-before`, `-after`, and `-button` if there is a link.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) to: Email,
    pub(crate) name: &'static str,
    /// For all of its texts, beside `$product`.
    pub(crate) arguments: TextArguments,
    /// What the button opens.
    pub(crate) link: Option<String>,
}

/// The compiled form. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct MailForm {
    templates: Templates,
    product: Arc<str>,
    /// Without a trailing slash.
    app_url: Arc<str>,
}

impl MailForm {
    /// Compiles the form of the program or of the operator, and fills it in once.
    ///
    /// # Errors
    /// A file with a mistake.
    pub(crate) fn new(config: &Config) -> Result<Self, MailFormError> {
        let folder = config.mail.templates.as_ref();
        let own = folder.map_or_else(|| Ok(Vec::new()), |folder| files_of(folder.path()))?;
        let replaced: BTreeSet<&str> = own.iter().map(|file| file.name).collect();
        let built_in = palisade_core::template_files!["mail.html", "mail.txt"];
        let built_in = built_in.into_iter().filter(|file| !replaced.contains(file.name)).collect::<Vec<_>>();
        let form = Self {
            templates: Templates::new(built_in.into_iter().chain(own))?,
            product: config.rules().product_name.into(),
            app_url: config.app.url.origin().as_str().trim_end_matches('/').into(),
        };
        config.languages.try_map(|language| form.try_out(language))?;
        Ok(form)
    }

    /// Fills the form in with a link and without one: a template that asks for what there is not cannot be used, nor
    /// one that forgets the link.
    fn try_out(&self, language: &Language) -> Result<(), MailFormError> {
        let link = format!("{}/account/verify#token=sample", self.app_url);
        let action = (link.as_str(), "button", "hint");
        let [without, with] =
            [None, Some(action)].map(|action| self.fill(language, "subject", ["", ""], action));
        without?;
        let (text, html) = with?;
        for (name, part) in [(TEXT, text), (HTML, html)] {
            if !part.contains(&link) {
                let problem = "does not show `action.link`, so nobody could follow it".to_owned();
                return Err(MailFormError::File { name: name.to_owned(), problem });
            }
        }
        Ok(())
    }

    /// The product, for the arguments of texts.
    fn arguments(&self, letter: &Letter) -> TextArguments {
        letter.arguments.clone().with("product", &*self.product)
    }

    /// Writes a message.
    ///
    /// # Errors
    /// 500 for a text or a template that does not fit, both defects.
    pub(crate) fn write(&self, letter: Letter, language: &Language) -> Result<EmailMessage, AppError> {
        self.try_write(letter, language).map_err(|error| AppError::internal(with_causes(&error)))
    }

    pub(super) fn try_write(
        &self,
        letter: Letter,
        language: &Language,
    ) -> Result<EmailMessage, MailFormError> {
        let arguments = self.arguments(&letter);
        let Letter { to, name, link, .. } = letter;
        let subject = language.plain_text(&format!("mail-{name}-subject"), &arguments)?;
        let text = |part: &str| language.text(&format!("mail-{name}-{part}"), &arguments);
        let (before, after) = (text("before")?, text("after")?);
        let action = match &link {
            Some(link) => {
                Some((link.as_str(), text("button")?, language.text("mail-link-hint", &arguments)?))
            }
            None => None,
        };
        let action = action.as_ref().map(|(link, label, hint)| (*link, label.as_str(), hint.as_str()));
        let (text, html) = self.fill(language, &subject, [&before, &after], action)?;
        let language = Some(language.tag().clone());
        Ok(EmailMessage { to, subject, text, html: Some(html), links: link.into_iter().collect(), language })
    }

    /// The text part and the HTML part. `action` is the link, the words of its button, and a hint for readers without
    /// buttons.
    fn fill(
        &self,
        language: &Language,
        subject: &str,
        [before, after]: [&str; 2],
        action: Option<(&str, &str, &str)>,
    ) -> Result<(String, String), TemplateError> {
        let paragraphs = |text: &str| text.split("\n\n").map(str::to_owned).collect::<Vec<_>>();
        let action = action.map(|(link, label, hint)| {
            TemplateContext::new().with("link", link).with("label", label).with("hint", hint)
        });
        let context = TemplateContext::new()
            .with("language", language.tag().as_str())
            .with("direction", language.direction())
            .with("product", &*self.product)
            .with("app_url", &*self.app_url)
            .with("subject", subject)
            .with("before", paragraphs(before))
            .with("after", paragraphs(after))
            .with("action", action);
        Ok((self.templates.render(TEXT, context.clone())?, self.templates.render(HTML, context)?))
    }
}

/// The templates of a folder. Names that begin with a dot are not read.
fn files_of(folder: &Path) -> Result<Vec<TemplateFile>, MailFormError> {
    let unreadable = |path: &Path| {
        let name = path.display().to_string();
        move |cause| MailFormError::Unreadable { name, cause }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let refused = |problem: &str| MailFormError::File {
            name: path.display().to_string(),
            problem: problem.to_owned(),
        };
        let name = match name.as_str() {
            HTML => HTML,
            TEXT => TEXT,
            hidden if hidden.starts_with('.') => continue,
            _ => return Err(refused("is neither `mail.html` nor `mail.txt`, and no other template is used")),
        };
        // Another kind of file might never end, or never begin.
        if !fs::metadata(&path).map_err(unreadable(&path))?.is_file() {
            return Err(refused("is no file"));
        }
        let (mut source, file) = (String::new(), fs::File::open(&path).map_err(unreadable(&path))?);
        file.take(MAX_BYTES + 1).read_to_string(&mut source).map_err(unreadable(&path))?;
        if source.len() as u64 > MAX_BYTES {
            return Err(refused("is larger than 100 KiB"));
        }
        files.push(TemplateFile { name, source: source.into() });
    }
    if files.is_empty() {
        let problem = "has neither `mail.html` nor `mail.txt`".to_owned();
        return Err(MailFormError::File { name: folder.display().to_string(), problem });
    }
    Ok(files)
}
