//! The table of routes by path and method. Requests that no route takes (404 and 405) pass the network limit like all
//! others.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use percent_encoding::percent_decode_str;

use crate::declaration::Method;
use crate::errors::{AppError, codes};
use crate::lifecycle::Handling;
use crate::limits::REFUSED;
use crate::middlewares::rate_limit;
use crate::request::{Phase, Request, RequestContext, Response};
use crate::routes::Mounts;
use crate::state::ServerState;

/// All served paths.
pub(crate) struct Table {
    paths: matchit::Router<PathRoutes>,
}

/// The routes of one path.
struct PathRoutes {
    template: Arc<str>,
    /// Whether one of them has a page for people.
    is_shown: bool,
    methods: Vec<(Method, Handling)>,
}

impl PathRoutes {
    fn find(&self, method: &http::Method) -> Option<&Handling> {
        // RFC 9110, 9.3.2: HEAD is GET without the body, so it takes the same route through all phases.
        let wanted = if method == http::Method::HEAD { "GET" } else { method.as_str() };
        self.methods.iter().find_map(|(known, handling)| (known.as_str() == wanted).then_some(handling))
    }

    /// The methods for `Allow` (RFC 9110, 10.2.1), without OPTIONS: a preflight is answered before the route, and any
    /// other OPTIONS is refused like every unknown method.
    fn allow(&self) -> String {
        let mut allowed: Vec<&str> = self.methods.iter().map(|(method, _)| method.as_str()).collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.join(", ")
    }
}

impl Table {
    /// Builds the table of mounted routes. [`Mount`](crate::routes::Mount) has refused duplicates already.
    ///
    /// # Errors
    /// Two templates that could match the same path.
    pub(crate) fn build(mounted: &Mounts) -> Result<Self, String> {
        let mut grouped: Vec<PathRoutes> = Vec::new();
        for route in mounted {
            let method = route.declaration().method;
            let entry = (method, Arc::clone(route.handling()));
            let is_shown = route.declaration().output.is_shown();
            match grouped.iter_mut().find(|path| *path.template == *route.path()) {
                Some(path) => {
                    path.is_shown |= is_shown;
                    path.methods.push(entry);
                }
                None => {
                    grouped.push(PathRoutes {
                        template: route.path().into(),
                        is_shown,
                        methods: vec![entry],
                    });
                }
            }
        }
        let mut paths = matchit::Router::new();
        for mut path in grouped {
            path.methods.sort_by_key(|(method, _)| *method);
            let template = path.template.to_string();
            paths.insert(template.clone(), path).map_err(|error| format!("{template}: {error}"))?;
        }
        Ok(Self { paths })
    }

    /// Passes a request to its route.
    pub(crate) fn dispatch(
        &self,
        shared: &Arc<ServerState>,
        request: Request,
        mut context: RequestContext,
    ) -> BoxFuture<'static, Response> {
        // The path is matched before percent-decoding: another spelling is another path.
        let Ok(found) = self.paths.at(request.uri().path()) else {
            return refuse(shared, AppError::new(&codes::NOT_FOUND), context);
        };
        let mut parameters = Vec::new();
        for (name, value) in found.params.iter() {
            let Ok(value) = percent_decode_str(value).decode_utf8() else {
                return refuse(shared, AppError::malformed("The path is not valid UTF-8"), context);
            };
            parameters.push((name.to_owned(), value.into_owned()));
        }
        context.matched(Arc::clone(&found.value.template), found.value.is_shown, parameters);
        let Some(handling) = found.value.find(request.method()) else {
            let refused = AppError::new(&codes::METHOD_NOT_ALLOWED).allow(found.value.allow());
            return refuse(shared, refused, context);
        };
        handling(Arc::clone(shared), request, context)
    }
}

/// 404, 405 and malformed paths: charged to the policy `refused`, then answered.
fn refuse(
    shared: &Arc<ServerState>,
    error: AppError,
    mut context: RequestContext,
) -> BoxFuture<'static, Response> {
    let shared = Arc::clone(shared);
    Box::pin(async move {
        context.enter(Phase::NetworkLimit);
        let error = match rate_limit::charge_network(&shared, &REFUSED, &mut context).await {
            Ok(()) => error,
            Err(limited) => limited,
        };
        shared.error_handler.respond(&error, &context)
    })
}
