//! The data about one request while it lives.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::arrival::Arrival;
use super::cookies::Cookies;
use super::phase::Phase;
use crate::cookies::{CookieKind, Presented};
use crate::identity::{ApiKeyId, Client, UserId};
use crate::limits::{RateLimitHeaders, Tier};
use crate::net::{NetworkKey, ProxyMonitor};

/// One request and its answer under construction. Opaque outside core.
#[derive(Debug)]
pub struct RequestContext {
    arrival: Arrival,
    cookies: Cookies,
    bearers: Presented,
    path_parameters: Vec<(String, String)>,
    limits: RateLimitHeaders,
    is_scheduled: bool,
    subject: Option<UserId>,
}

impl From<Arrival> for RequestContext {
    /// A request of which only the head was read: it is refused at once, or its route is gone.
    fn from(arrival: Arrival) -> Self {
        Self::new(arrival, Cookies::default())
    }
}

impl RequestContext {
    pub(crate) fn new(arrival: Arrival, cookies: Cookies) -> Self {
        Self {
            arrival,
            cookies,
            bearers: Presented::default(),
            path_parameters: Vec::new(),
            limits: RateLimitHeaders::default(),
            is_scheduled: false,
            subject: None,
        }
    }

    /// Waits for the body, whose time does not count toward the handler's.
    pub(crate) async fn reading<T>(&self, body: impl Future<Output = T>) -> T {
        self.arrival.deadline().pause_while(body).await
    }

    /// Reports this request to the monitor of the proxy in front, with the tier of its route. A missing client name is
    /// not significant on public and cheap routes, which programs such as health probes call without the proxy.
    pub(crate) fn report_to_proxy_monitor(&self, monitor: &ProxyMonitor, tier: Tier, now: Duration) {
        self.arrival.report_to_proxy_monitor(monitor, matches!(tier, Tier::Strict | Tier::Normal), now);
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.arrival.is_loopback()
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.arrival.wants_json()
    }

    /// Whether a person will see the answer.
    pub(crate) fn wants_page(&self) -> bool {
        self.arrival.wants_page()
    }

    /// Whether the answer may be a page: the route has one, or there is no route.
    pub(crate) fn is_shown(&self) -> bool {
        self.arrival.read_record(|record| record.is_shown)
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.arrival.update_record(|record| record.phase = phase);
    }

    pub(crate) fn phase(&self) -> Phase {
        self.arrival.read_record(|record| record.phase)
    }

    pub(crate) fn client(&self) -> &Client {
        self.arrival.client()
    }

    pub(crate) fn network(&self) -> NetworkKey {
        self.arrival.network()
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.client().request_id
    }

    pub(crate) fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// Whether cookies carry `__Host-` and Secure.
    pub(crate) fn secure_cookies(&self) -> bool {
        self.arrival.secure_cookies()
    }

    /// Records that the scheduler sent the request.
    pub(crate) fn scheduled(&mut self) {
        self.is_scheduled = true;
    }

    pub(crate) fn is_scheduled(&self) -> bool {
        self.is_scheduled
    }

    /// Records the tokens of the `Authorization` headers, for a caller that needs more than the principal.
    pub(crate) fn set_bearer_tokens(&mut self, tokens: Presented) {
        self.bearers = tokens;
    }

    /// All recorded access tokens of the request, from every place.
    pub(crate) fn access_tokens(&self) -> Presented {
        let mut all = self.bearers.clone();
        if let Some(cookies) = self.cookies.all(CookieKind::Access) {
            all.append(cookies);
        }
        all
    }

    /// Records the template of the path, and whether the route has a page.
    pub(crate) fn matched(
        &mut self,
        route: Arc<str>,
        is_shown: bool,
        path_parameters: Vec<(String, String)>,
    ) {
        self.arrival.update_record(|record| {
            record.route = Some(route);
            record.is_shown = is_shown;
        });
        self.path_parameters = path_parameters;
    }

    pub(crate) fn take_path_parameters(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.path_parameters)
    }

    pub(crate) fn identified(&mut self, user: UserId, key: Option<ApiKeyId>) {
        self.arrival.update_record(|record| {
            record.user = Some(user.to_string().into());
            record.key = key.map(|key| key.to_string().into());
        });
    }

    /// Records as whom the caller acts: somebody else, if an administrator impersonates a user.
    pub(crate) fn acts_as(&mut self, user: UserId) {
        self.subject = Some(user);
    }

    /// As whom the caller acts.
    pub(crate) fn subject(&self) -> Option<UserId> {
        self.subject
    }

    /// The signed-in user, as limits and logs name it.
    pub(crate) fn user(&self) -> Option<Arc<str>> {
        self.arrival.read_record(|record| record.user.clone())
    }

    /// The API key that the caller presented, as limits and logs name it.
    pub(crate) fn key(&self) -> Option<Arc<str>> {
        self.arrival.read_record(|record| record.key.clone())
    }

    pub(crate) fn failed(&self, code: &'static str) {
        self.arrival.update_record(|record| record.code = Some(code));
    }

    pub(crate) fn limits_mut(&mut self) -> &mut RateLimitHeaders {
        &mut self.limits
    }

    /// The rate limit headers of the answer.
    pub(crate) fn limits(&self) -> &RateLimitHeaders {
        &self.limits
    }
}
