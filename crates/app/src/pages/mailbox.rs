//! `/dev/mailbox`: the mails that development did not send.

use palisade_core::output::{BuiltInPage, Html, PageParts};

/// One mail, as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct MailboxItem<'a> {
    /// To whom.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
    /// The links in the text.
    pub links: &'a [String],
    /// When, as it is to be read: RFC 3339.
    pub sent_at: &'a str,
}

/// Shows mails in the order given: newest first.
pub fn mailbox<'a>(items: impl IntoIterator<Item = MailboxItem<'a>>) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<main class=\"box\">\n<div class=\"brand\">").mark().raw("<span>Palisade</span></div>\n<h1>Mailbox</h1>\n");
    body.raw("<p class=\"lead\">Mail that was not sent, newest first. This page exists in development only.</p>\n");
    let mut empty = true;
    for item in items {
        empty = false;
        mail(&item, &mut body);
    }
    if empty {
        body.raw("<p class=\"notice\">No mail yet. Register an account and reload this page.</p>\n");
    }
    body.raw("</main>\n");
    BuiltInPage::assemble(PageParts {
        title: "Mailbox (development)",
        body,
        style: include_str!("mailbox.css"),
        script: "",
        connects: false,
    })
}

fn mail(item: &MailboxItem<'_>, html: &mut Html) {
    html.raw("<article class=\"card mail\">\n<h2>").text(item.subject).raw("</h2>\n<dl><dt>To</dt><dd>").text(item.to);
    html.raw("</dd><dt>Time</dt><dd><time datetime=\"").text(item.sent_at).raw("\">").text(item.sent_at);
    html.raw("</time></dd></dl>\n<pre>").text(item.text).raw("</pre>\n");
    if !item.links.is_empty() {
        html.raw("<ul>\n");
        for link in item.links {
            html.raw("<li>");
            // Whatever else a link may be, `javascript:` must not become one.
            if link.starts_with("https://") || link.starts_with("http://") {
                html.raw("<a href=\"").text(link).raw("\">").text(link).raw("</a>");
            } else {
                html.text(link);
            }
            html.raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    html.raw("</article>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(subject: &str, links: &[String]) -> String {
        let item = MailboxItem { to: "ada@example.org", subject, text: "Hello", links, sent_at: "2026-01-31T12:00:00Z" };
        mailbox([item]).html().to_owned()
    }

    #[test]
    fn links_can_be_followed_and_nothing_else_can() {
        let html = shown("Hi", &["http://localhost:8080/account/verify#token=a&b".to_owned(), "javascript:alert(1)".to_owned()]);
        assert!(html.contains("<a href=\"http://localhost:8080/account/verify#token=a&amp;b\">"));
        assert_eq!(html.matches("<a ").count(), 1);
    }

    #[test]
    fn a_mail_cannot_write_markup() {
        assert!(shown("<b>Hi</b>", &[]).contains("<h2>&lt;b&gt;Hi&lt;/b&gt;</h2>"));
    }

    #[test]
    fn an_empty_mailbox_says_so() {
        assert!(mailbox([]).html().contains("No mail yet"));
        assert!(!shown("Hi", &[]).contains("No mail yet"));
    }
}
