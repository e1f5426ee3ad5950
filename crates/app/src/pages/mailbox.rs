//! `/dev/mailbox`: the mails that development did not send.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::output::{BuiltInPage, Html, PageOrList, PageParts};
use palisade_modules::mail::Service;
use palisade_modules::mail::types::{MailView, ReadMailbox};

/// The mailbox of a server, under the name of its product. Clones share everything.
#[derive(Clone, Debug)]
pub struct Mailbox {
    mails: Service,
    product: Arc<str>,
}

impl Mailbox {
    /// Of this server.
    pub fn new(config: &Config, mails: Service) -> Self {
        Self { mails, product: config.rules().product_name.into() }
    }

    /// A page of the mails, newest first.
    ///
    /// # Errors
    /// 400 for an invalid cursor; 503 when the store is down.
    pub async fn page(&self, input: ReadMailbox) -> Result<PageOrList<MailView>, AppError> {
        let received = self.mails.mailbox(input).await?;
        Ok(PageOrList::new(received, |mails| mailbox(&self.product, mails)))
    }
}

/// Shows mails in the given order: newest first.
fn mailbox(product: &str, mails: &[MailView]) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<main class=\"box\">\n<div class=\"brand\">").mark().raw("<span>").text(product);
    body.raw("</span></div>\n<h1>Mailbox</h1>\n");
    body.raw(
        "<p class=\"lead\">Mail that was not sent, newest first. This page exists in development only.</p>\n",
    );
    for item in mails {
        mail(item, &mut body);
    }
    if mails.is_empty() {
        body.raw("<p class=\"notice\">No mail yet. Register an account and reload this page.</p>\n");
    }
    body.raw("</main>\n");
    let title = format!("Mailbox · {product} (development)");
    BuiltInPage::assemble(&PageParts {
        title: &title,
        body,
        style: include_str!("mailbox.css"),
        script: "",
        connects: false,
    })
}

fn mail(item: &MailView, html: &mut Html) {
    let sent_at = item.sent_at.to_string();
    html.raw("<article class=\"card mail\">\n<h2>")
        .text(&item.subject)
        .raw("</h2>\n<dl><dt>To</dt><dd>")
        .text(item.to.as_str());
    html.raw("</dd><dt>Time</dt><dd><time datetime=\"").text(&sent_at).raw("\">").text(&sent_at);
    html.raw("</time></dd></dl>\n<pre>");
    linked(&item.text, &item.links, html);
    html.raw("</pre>\n</article>\n");
}

/// The text, with clickable links. Links come from its own text, so none is left over.
fn linked(text: &str, links: &[String], html: &mut Html) {
    let mut rest = text;
    // The next link; of two with the same beginning, the longer one.
    while let Some((at, link)) = links
        .iter()
        .filter(|link| is_web(link))
        .filter_map(|link| Some((rest.find(link.as_str())?, link)))
        .min_by_key(|(at, link)| (*at, usize::MAX - link.len()))
    {
        let (before, from) = rest.split_at(at);
        html.text(before).raw("<a href=\"").text(link).raw("\">").text(link).raw("</a>");
        rest = from.get(link.len()..).unwrap_or_default();
    }
    html.text(rest);
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

    fn shown(subject: &str, text: &str, links: &[&str]) -> String {
        let links: Vec<String> = links.iter().map(|link| (*link).to_owned()).collect();
        let item = MailView {
            to: Email::parse("ada@example.org").expect("valid"),
            subject: subject.to_owned(),
            text: text.to_owned(),
            links,
            sent_at: Timestamp::EPOCH,
            not_sent: None,
        };
        mailbox("Fish & Chips", &[item]).html().to_owned()
    }

    #[test]
    fn links_can_be_followed_where_they_stand() {
        let (short, long) = ("http://a.example/x", "http://a.example/x#token=a&b");
        let html = shown("Hi", &format!("<{long}> or {short}."), &[short, long]);
        let link = |address: &str| format!("<a href=\"{address}\">{address}</a>");
        let long = link("http://a.example/x#token=a&amp;b");
        assert!(html.contains(&format!("<pre>&lt;{long}&gt; or {}.</pre>", link(short))), "{html}");
    }

    #[test]
    fn what_is_not_of_the_web_is_not_a_link() {
        assert!(!shown("Hi", "javascript:alert(1)", &["javascript:alert(1)", ""]).contains("<a "));
    }

    #[test]
    fn a_mail_cannot_write_markup() {
        let html = shown("<b>Hi</b>", "</pre><b>", &[]);
        assert!(
            html.contains("<h2>&lt;b&gt;Hi&lt;/b&gt;</h2>")
                && html.contains("<pre>&lt;/pre&gt;&lt;b&gt;</pre>")
        );
    }

    #[test]
    fn an_empty_mailbox_says_so() {
        assert!(mailbox("Fish & Chips", &[]).html().contains("No mail yet"));
        assert!(!shown("Hi", "Hello", &[]).contains("No mail yet"));
    }
}
