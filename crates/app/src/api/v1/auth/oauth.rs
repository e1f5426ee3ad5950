//! `/auth/oauth`: signing in through a provider.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{FreshUser, Visitor};
use palisade_core::limits::{NORMAL, OAUTH, PASSWORD, RELAXED};
use palisade_core::output::{Paginated, Redirect, Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::OAuthSignIns;
use palisade_modules::auth::types::oauth::{
    AuthorizationView, LinkProvider, ListProviders, OAuthCallback, OAuthForm, ProviderView, StartOAuth,
};

const STARTING: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<OAuthSignIns>> {
    route
        .limit(RELAXED)
        .public()
        .input::<ListProviders>()
        .handle(list)
        .summary("The providers to sign in through, in the order of the settings.")
}

pub(crate) fn declare_start(route: NewRoute) -> Route<Arc<OAuthSignIns>> {
    route
        .limit(NORMAL)
        .public()
        .input::<StartOAuth>()
        .handle(start)
        .summary("Send the browser to a provider. It returns to `returnTo`, signed in or with `?error=` and a code.")
        .errors(STARTING)
}

pub(crate) fn declare_callback(route: NewRoute) -> Route<Arc<OAuthSignIns>> {
    route
        .limit(OAUTH)
        .public()
        .input::<OAuthCallback>()
        .handle(callback)
        .summary("The redirect URI of a provider. Only providers send browsers here.")
}

pub(crate) fn declare_form(route: NewRoute) -> Route<Arc<OAuthSignIns>> {
    route
        .limit(NORMAL)
        .public()
        .input::<OAuthForm>()
        .handle(form)
        .summary(
            "The same for providers that post a form. The browser is sent to the same address with a query.",
        )
        .errors(STARTING)
}

pub(crate) fn declare_link(route: NewRoute) -> Route<Arc<OAuthSignIns>> {
    route
        .limit(PASSWORD)
        .fresh()
        .input::<LinkProvider>()
        .handle(link)
        .summary("Begin to link an account at a provider to the caller. The browser goes to `location`.")
        .errors(STARTING)
}

async fn list(
    oauth: Arc<OAuthSignIns>,
    visitor: Visitor,
    input: ListProviders,
) -> Result<Paginated<ProviderView>, AppError> {
    let providers = oauth.providers(visitor, input).await?;
    Ok(Paginated::new(providers))
}

async fn start(
    oauth: Arc<OAuthSignIns>,
    visitor: Visitor,
    input: StartOAuth,
) -> Result<WithCookies<Redirect>, AppError> {
    let away = oauth.start(visitor, input).await?;
    Ok(Redirect::to(&away.to).with_cookies(away.cookies))
}

async fn callback(
    oauth: Arc<OAuthSignIns>,
    visitor: Visitor,
    input: OAuthCallback,
) -> Result<WithCookies<Redirect>, AppError> {
    let away = oauth.callback(visitor, input).await?;
    Ok(Redirect::to(&away.to).with_cookies(away.cookies))
}

async fn form(oauth: Arc<OAuthSignIns>, visitor: Visitor, input: OAuthForm) -> Result<Redirect, AppError> {
    let (path, parameters) = oauth.form(visitor, input).await?;
    Redirect::to_path_with(&path, &parameters)
}

async fn link(
    oauth: Arc<OAuthSignIns>,
    caller: FreshUser,
    input: LinkProvider,
) -> Result<WithCookies<Success<AuthorizationView>>, AppError> {
    let away = oauth.start_link(caller, input).await?;
    Ok(Success::new(AuthorizationView { location: away.to.location() }).with_cookies(away.cookies))
}
