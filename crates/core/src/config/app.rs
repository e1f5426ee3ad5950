//! Settings of the whole program.

use std::net::IpAddr;

use super::env::{AppEnv, Given};
use super::origin::{AppUrl, BindHost, PageUrl};
use super::product_name::ProductName;
use super::reader::Reader;
use super::settings::{Definition, Setting as _, settings};
use super::values::Count;
use crate::utils::logger::{LogFormat, LogLevel};

settings! {
    /// The settings of the whole program as the environment gives them.
    pub(super) struct AppSettings in "Application" {
        /// The purpose of this process. Development is loopback by construction: it refuses to start when `HOST` or
        /// `APP_URL` is not loopback, or on Vercel, on Kubernetes, or as process 1 (the entry point of a
        /// container).
        app_env: AppEnv = APP_ENV default("development");
        /// The address to listen on.
        host: BindHost = HOST optional("127.0.0.1 in development, 0.0.0.0 in production");
        /// The port to listen on.
        port: Count<1, 65535> = PORT default("8080");
        /// The public address of this server. Mailed links, cookies and the CSRF check depend on it. Production
        /// requires `https`.
        app_url: AppUrl = APP_URL required("development uses http://localhost with PORT") like "https://app.example.org";
        /// The page for people who open this server's own address: in production `/` redirects there. Without it
        /// `/` is a short page.
        home_url: PageUrl = HOME_URL optional("`/` is a short page, in development a start page; the built-in sign-in leads to `/account`") like "https://app.example.org/";
        /// The page where people sign in: built-in pages that end with "you can sign in now" link to it.
        sign_in_url: PageUrl = SIGN_IN_URL optional("built-in pages lead to `/account/sign-in`") like "https://app.example.org/sign-in";
        /// The product's name for people: in mails, on its pages, in the title of its reference. No password may
        /// contain it.
        app_name: ProductName = APP_NAME default("Palisade");
        /// The log level, or directives in the syntax of `tracing`.
        log_level: LogLevel = LOG_LEVEL default("info");
        /// The format of log lines. `pretty` is for a person at a terminal, in color unless `NO_COLOR` is set;
        /// production always writes JSON.
        log_format: LogFormat = LOG_FORMAT optional("`pretty` in development at a terminal, else `json`");
    }
}

/// The settings of the whole program.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// The environment: development or production.
    pub env: AppEnv,
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on.
    pub port: u16,
    /// The public address of this server.
    pub url: AppUrl,
    home_url: Option<PageUrl>,
    sign_in_url: Option<PageUrl>,
    /// The product's name for people.
    pub name: ProductName,
    /// The log level or directives.
    pub log_level: LogLevel,
    /// The format of log lines, if the environment sets one.
    pub log_format: Option<LogFormat>,
    /// Whether the terminal or its user wants no color: `NO_COLOR`, whatever its value (no-color.org), or a
    /// terminal without colors.
    pub wants_no_color: bool,
}

impl AppSettings {
    /// The name of the product, if the environment says none.
    fn take_name(&mut self, reader: &mut Reader<'_>) {
        let name = reader.env().own().name;
        if reader.is_given(Self::APP_NAME) || reader.failed(Self::APP_NAME) {
            return;
        }
        match ProductName::parse(name) {
            Ok(name) => {
                reader.instead_of_the_default(Self::APP_NAME, name.show());
                self.app_name = name;
            }
            Err(problem) => reader.refuse(Self::APP_NAME, format!("{problem}, as the name of the product")),
        }
    }
}

impl AppConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut settings = AppSettings::read(reader);
        settings.take_name(reader);
        if settings.app_env == AppEnv::Production {
            settings.check_production(reader);
        } else {
            settings.check_development(reader);
        }
        let host = match (settings.host, settings.app_env) {
            (Some(host), _) => host.get(),
            (None, AppEnv::Development) => IpAddr::from([127, 0, 0, 1]),
            (None, AppEnv::Production) => IpAddr::from([0, 0, 0, 0]),
        };
        let port = u16::try_from(settings.port.get()).unwrap_or(u16::MAX);
        Self {
            env: settings.app_env,
            host,
            port,
            url: settings.app_url.unwrap_or_else(|| AppUrl::localhost(port)),
            home_url: settings.home_url,
            sign_in_url: settings.sign_in_url,
            name: settings.app_name,
            log_level: settings.log_level,
            log_format: settings.log_format,
            wants_no_color: reader.env().is_set("NO_COLOR")
                || reader.env().get("TERM") == Given::Text("dumb"),
        }
    }

    /// The page for people who open this server's own address.
    pub fn home_url(&self) -> Option<&PageUrl> {
        self.home_url.as_ref()
    }

    /// The page where people sign in.
    pub fn sign_in_url(&self) -> Option<&PageUrl> {
        self.sign_in_url.as_ref()
    }

    /// The product's name, if the operator or the product has set one.
    pub(super) fn given_name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| *name != crate::PRODUCT)
    }

    /// The format of log lines: the configured one, or else the one that suits the reader.
    pub fn log_format(&self, at_terminal: bool) -> LogFormat {
        let fitting = if at_terminal && self.is_development() { LogFormat::Pretty } else { LogFormat::Json };
        self.log_format.unwrap_or(fitting)
    }

    /// Whether this is a development server.
    pub fn is_development(&self) -> bool {
        self.env == AppEnv::Development
    }
}

impl AppSettings {
    fn check_development(&self, reader: &mut Reader<'_>) {
        if reader.failed(Self::APP_ENV) {
            return;
        }
        if let Some(platform) = reader.env().platform() {
            let problem = format!("is development, but this is {platform}");
            reader.refuse_for(Self::APP_ENV, problem, "`production` wherever others can reach the server");
        }
        if self.host.is_some_and(|host| !host.get().to_canonical().is_loopback()) {
            reader.refuse_for(
                Self::HOST,
                "can be reached from other machines",
                "a loopback address in development",
            );
        }
        if self.app_url.as_ref().is_some_and(|url| !url.origin().is_loopback()) {
            reader.refuse_for(Self::APP_URL, "is not this machine", "a loopback address in development");
        }
        for (definition, url) in self.pages() {
            if url.is_some_and(|url| !url.is_secure() && !url.is_loopback()) {
                reader.refuse_for(definition, "is not `https`", "`https://`, or `http://` on this machine");
            }
        }
    }

    /// The external pages that built-in pages link to.
    fn pages(&self) -> [(&'static Definition, Option<&PageUrl>); 2] {
        [(Self::HOME_URL, self.home_url.as_ref()), (Self::SIGN_IN_URL, self.sign_in_url.as_ref())]
    }

    fn check_production(&self, reader: &mut Reader<'_>) {
        if self.app_url.as_ref().is_some_and(|url| !url.is_secure()) {
            reader.refuse_for(Self::APP_URL, "is not `https`", "an `https://` address in production");
        }
        for (definition, url) in self.pages() {
            if url.is_some_and(|url| !url.is_secure()) {
                reader.refuse_for(definition, "is not `https`", "an `https://` address in production");
            }
        }
        let own = self.app_url.as_ref().map(|url| url.join("/"));
        if self.home_url.as_ref().is_some_and(|home| Some(home.as_str()) == own.as_deref()) {
            reader.warn("HOME_URL: is the start page of APP_URL: if this server answers `/` there, it redirects to itself");
        }
        if self.log_format == Some(LogFormat::Pretty) {
            reader.refuse_for(Self::LOG_FORMAT, "is for development", "`json` in production");
        }
        if self.log_level.is_verbose() {
            reader.warn("LOG_LEVEL: debug and trace lines of libraries may contain personal data");
        }
    }
}
