//! `/dev/mailbox`: the mails that development did not send.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::output::{PageOrList, PageParts, PageTemplates};
use palisade_core::utils::templates::TemplateContext;
use palisade_modules::mail::Service;
use palisade_modules::mail::types::{MailView, ReadMailbox};

/// The mailbox of a server, under the name of its product. Clones share everything.
#[derive(Clone, Debug)]
pub struct Mailbox {
    mails: Service,
    product: Arc<str>,
    templates: PageTemplates,
}

impl Mailbox {
    /// Of this server.
    pub(crate) fn new(config: &Config, mails: Service, templates: &PageTemplates) -> Self {
        Self { mails, product: config.rules().product_name.into(), templates: templates.clone() }
    }

    /// A page of the mails, newest first.
    ///
    /// # Errors
    /// 400 for an invalid cursor; 503 when the store is down.
    pub async fn page(&self, input: ReadMailbox) -> Result<PageOrList<MailView>, AppError> {
        let received = self.mails.mailbox(input).await?;
        Ok(PageOrList::new(received, |mails| {
            let framed = mails.iter().filter_map(|mail| mail.html.as_deref());
            self.templates.page_with_frames("mailbox.html", mailbox(&self.product, mails), PARTS, framed)
        })?)
    }
}

const PARTS: PageParts = PageParts { style: include_str!("mailbox.css"), script: "", connects: false };

/// Mails in the given order: newest first.
fn mailbox(product: &str, mails: &[MailView]) -> TemplateContext {
    let mails: Vec<_> = mails.iter().map(mail).collect();
    TemplateContext::new().with("product", product).with("mails", mails)
}

fn mail(mail: &MailView) -> TemplateContext {
    TemplateContext::new()
        .with("subject", &mail.subject)
        .with("to", mail.to.as_str())
        .with("sent_at", mail.sent_at.to_string())
        .with("language", mail.language.as_deref())
        .with("html", mail.html.as_deref())
        .with("text", linked(&mail.text, &mail.links))
}

/// The text in parts, with clickable links. Links come from its own text, so none is left over.
fn linked(text: &str, links: &[String]) -> Vec<TemplateContext> {
    let part = |text: &str, is_link: bool| TemplateContext::new().with("text", text).with("is_link", is_link);
    let (mut parts, mut rest) = (Vec::new(), text);
    // The next link; of two with the same beginning, the longer one.
    while let Some((at, link)) = links
        .iter()
        .filter(|link| is_web(link))
        .filter_map(|link| Some((rest.find(link.as_str())?, link)))
        .min_by_key(|(at, link)| (*at, usize::MAX - link.len()))
    {
        let (before, from) = rest.split_at(at);
        parts.extend([part(before, false), part(link, true)]);
        rest = from.get(link.len()..).unwrap_or_default();
    }
    parts.push(part(rest, false));
    parts
}

/// A link may be anything, but not `javascript:`.
fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use palisade_core::system::time::Timestamp;
    use palisade_modules::user::types::Email;

    use super::*;
    use crate::pages::templates;

    fn rendered(context: TemplateContext) -> String {
        let page = templates().and_then(|templates| templates.page("mailbox.html", context, PARTS));
        page.expect("a page").html().to_owned()
    }

    fn item(subject: &str, text: &str, links: &[&str]) -> MailView {
        MailView {
            to: Email::parse("ada@example.org").expect("valid"),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: None,
            language: None,
            links: links.iter().map(|link| (*link).to_owned()).collect(),
            sent_at: Timestamp::EPOCH,
            not_sent: None,
        }
    }

    fn shown(subject: &str, text: &str, links: &[&str]) -> String {
        rendered(mailbox("Fish & Chips", &[item(subject, text, links)]))
    }

    #[test]
    fn links_can_be_followed_where_they_stand() {
        let (short, long) = ("http://a.example/x", "http://a.example/x#token=a&b");
        let html = shown("Hi", &format!("<{long}> or {short}."), &[short, long]);
        let link = |address: &str| format!("<a href=\"{address}\">{address}</a>");
        let long = link("http://a.example/x#token=a&amp;b");
        assert!(
            html.contains(&format!("<pre dir=\"auto\">&lt;{long}&gt; or {}.</pre>", link(short))),
            "{html}"
        );
    }

    #[test]
    fn what_is_not_of_the_web_is_not_a_link() {
        assert!(!shown("Hi", "javascript:alert(1)", &["javascript:alert(1)", ""]).contains("<a "));
    }

    #[test]
    fn a_mail_cannot_write_markup() {
        let html = shown("<b>Hi</b>", "</pre><b>", &[]);
        assert!(
            html.contains("<h2 dir=\"auto\">&lt;b&gt;Hi&lt;/b&gt;</h2>")
                && html.contains("<pre dir=\"auto\">&lt;/pre&gt;&lt;b&gt;</pre>")
        );
    }

    #[test]
    fn the_html_part_is_shown_in_a_frame_that_can_do_nothing() {
        let mail = MailView {
            html: Some("<p style=\"margin: 0;\">Hi & <script>alert(\"x\")</script></p>".to_owned()),
            language: Some("ar".to_owned()),
            ..item("Hi", "Hello", &[])
        };
        let html = rendered(mailbox("Fish & Chips", &[mail]));
        let frame =
            "srcdoc=\"&lt;p style=&quot;margin: 0;&quot;&gt;Hi &amp; &lt;script&gt;alert(&quot;x&quot;)";
        assert!(html.contains(frame) && html.contains("sandbox=\"\""), "{html}");
        assert!(html.contains("<dd>ar</dd>") && !html.contains("<script"), "{html}");
        assert!(!shown("Hi", "Hello", &[]).contains("<iframe"));
    }

    #[test]
    fn an_empty_mailbox_says_so() {
        assert!(rendered(mailbox("Fish & Chips", &[])).contains("No mail yet"));
        assert!(!shown("Hi", "Hello", &[]).contains("No mail yet"));
    }

    #[test]
    fn no_value_of_the_page_becomes_markup() {
        let link = "https://a.example";
        let mails = [item("Hi", &format!("before {link} behind"), &[link]), item("Ho", "", &[])];
        let html = rendered(mailbox("Fish & Chips", &mails).map_texts(&|_| "\"'><script>".to_owned()));
        assert!(!html.contains("<script") && !html.contains("'>"));
        assert_eq!(html.matches("&quot;&#39;&gt;&lt;script&gt;").count(), 2 + 4 + 2 * 4 + 1);
    }
}
