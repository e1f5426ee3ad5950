//! A handler takes declared inputs, makes one service call and returns one output. It decides nothing: no branch,
//! no loop, no error handling but `?`. And no route acts as the operator, not even where the compiler could not
//! notice it.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, ItemFn, Stmt};

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// Words that could be inside a macro.
const CONTROL_FLOW: &[&str] = &["await", "for", "if", "loop", "match", "return", "while"];

/// Methods that decide the meaning of an error or an absence: a task of the service.
const ERROR_METHODS: &[&str] = &[
    "and_then",
    "err",
    "expect",
    "expect_err",
    "is_err",
    "is_none",
    "is_ok",
    "is_some",
    "map_err",
    "map_or",
    "map_or_else",
    "ok",
    "ok_or",
    "ok_or_else",
    "or",
    "or_else",
    "unwrap",
    "unwrap_err",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
];

/// Types that no request has: the operator, and the console.
const OPERATOR: [&str; 2] = ["Operator", "Console"];

const SERVICE: &str = "a route decides nothing: move this into the service";

/// Checks every file of the API.
pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| house.is_route(&file.path)) {
        let mut reader = Reader { path: &file.path, handler: None, findings: &mut findings };
        reader.visit_file(&file.syntax);
    }
    findings
}

struct Reader<'a> {
    path: &'a str,
    /// Inside a handler: the number of service calls so far.
    handler: Option<usize>,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn refuse(&mut self, at: Span, message: impl Into<String>) {
        self.findings.push(Finding::line(self.path, at.start().line, message));
    }

    fn refuse_word(&mut self, at: Span, word: &str) {
        self.refuse_part(at, &format!("`{word}`"));
    }

    fn refuse_part(&mut self, at: Span, part: &str) {
        self.refuse(at, format!("{part} in a route: {SERVICE}"));
    }

    fn operator(&mut self, word: &proc_macro2::Ident) {
        if OPERATOR.iter().any(|name| word == name) {
            let message =
                format!("`{word}` in a route: a request never acts as the operator. Require a permission");
            self.refuse(word.span(), message);
        }
    }

    fn handler(&mut self, name: &syn::Ident, body: &Block) {
        let outer = self.handler.replace(0);
        self.visit_block(body);
        let calls = std::mem::replace(&mut self.handler, outer).unwrap_or_default();
        if calls != 1 {
            let message = format!(
                "the handler `{name}` makes {calls} service calls: it makes exactly one (`.await` once). Let one \
                 service method do it all"
            );
            self.refuse(name.span(), message);
        }
        if !matches!(body.stmts.last(), Some(Stmt::Expr(_, None))) {
            self.refuse(name.span(), format!("the handler `{name}` does not end with its output"));
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) => {
                    let text = word.to_string();
                    self.operator(&word);
                    if CONTROL_FLOW.contains(&text.as_str()) || text == "map_err" {
                        self.refuse_word(word.span(), &text);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_ident(&mut self, word: &'ast proc_macro2::Ident) {
        self.operator(word);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if self.handler.is_some() {
            self.refuse_part(item.sig.ident.span(), "a function inside a function");
        } else if item.sig.asyncness.is_some() {
            self.handler(&item.sig.ident, &item.block);
        } else {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if item.sig.asyncness.is_some() {
            self.handler(&item.sig.ident, &item.block);
        } else {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        let word = match expression {
            Expr::Match(_) => Some("match"),
            Expr::If(_) => Some("if"),
            Expr::While(_) => Some("while"),
            Expr::ForLoop(_) => Some("for"),
            Expr::Loop(_) => Some("loop"),
            Expr::Return(_) => Some("return"),
            Expr::Async(_) => Some("async"),
            Expr::Unsafe(_) => Some("unsafe"),
            Expr::Binary(binary) if matches!(binary.op, BinOp::And(_)) => Some("&&"),
            Expr::Binary(binary) if matches!(binary.op, BinOp::Or(_)) => Some("||"),
            _ => None,
        };
        if let Some(word) = word {
            self.refuse_word(expression.span(), word);
        }
        match expression {
            Expr::Closure(_) if self.handler.is_some() => self.refuse_part(expression.span(), "a closure"),
            Expr::Macro(_) if self.handler.is_some() => self.refuse_part(expression.span(), "a macro"),
            _ => {}
        }
        if let Expr::Await(call) = expression {
            match &mut self.handler {
                Some(calls) => *calls += 1,
                None => self.refuse_word(call.await_token.span(), "await"),
            }
        }
        if let Expr::MethodCall(call) = expression {
            let method = call.method.to_string();
            if ERROR_METHODS.contains(&method.as_str()) {
                let message = format!(
                    "`{method}` in a route: `?` is the only error path. The service gives the error its meaning"
                );
                self.refuse(call.method.span(), message);
            }
        }
        visit::visit_expr(self, expression);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some((word, _)) = local.init.as_ref().and_then(|init| init.diverge.as_ref()) {
            self.refuse_word(word.span(), "let … else");
        }
        visit::visit_local(self, local);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let (Stmt::Macro(call), Some(_)) = (statement, self.handler) {
            self.refuse_part(call.mac.span(), "a macro");
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}
