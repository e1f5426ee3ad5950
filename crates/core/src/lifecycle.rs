//! The life of a request inside its route: the phases, in their one order.
//!
//! Each phase is a function in `middlewares/`; this file only orders them. The server reads the body after the
//! limits, the authentication and the permission have passed. Any error, anywhere, goes to the one error handler.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::declaration::Declaration;
use crate::errors::AppError;
use crate::input::{Meets, Reads};
use crate::middlewares::access::Access;
use crate::middlewares::rate_limit::{self, LimitSubject};
use crate::middlewares::reauthentication::{self, SignIn};
use crate::middlewares::{auth, csrf, validation};
use crate::output::{Answer, Conditions, Output as _, Reply};
use crate::request::{Phase, Request, RequestContext, Response};
use crate::state::ServerState;
use crate::utils::response;

/// A bound route: takes a request, answers it.
pub(crate) type Handling =
    Arc<dyn Fn(Arc<ServerState>, Request, RequestContext) -> BoxFuture<'static, Response> + Send + Sync>;

/// Names the subject of an input that a limit also counts.
type Names<I> = fn(&I) -> LimitSubject;

/// Binds a declared route to its state and its handler.
pub(crate) fn endpoint<S, A, I, F, Fut>(
    state: S,
    declaration: Arc<Declaration>,
    (reads, subject): (Reads<I>, Option<Names<I>>),
    handler: F,
) -> Handling
where
    S: Clone + Send + Sync + 'static,
    A: Access,
    I: Meets<A::Inputs>,
    F: Fn(S, A::Caller, I) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output: Answer> + Send + 'static,
{
    Arc::new(move |shared, request, mut context| {
        let (state, declaration, handler) = (state.clone(), Arc::clone(&declaration), handler.clone());
        let reads = reads.clone();
        Box::pin(async move {
            let handle = |caller, input| handler(state, caller, input);
            let outcome = run_phases::<A, I, _, _>(
                &shared,
                &declaration,
                (&reads, subject),
                handle,
                request,
                &mut context,
            )
            .await;
            match outcome {
                Ok(reply) => response::success(reply, &context),
                Err(error) => shared.error_handler.respond(&error, &context),
            }
        })
    })
}

/// One request, from the first gate to the output of its handler.
async fn run_phases<A, I, H, Fut>(
    shared: &Arc<ServerState>,
    declaration: &Declaration,
    (reads, subject): (&Reads<I>, Option<Names<I>>),
    handle: H,
    request: Request,
    context: &mut RequestContext,
) -> Result<Reply, AppError>
where
    A: Access,
    I: Meets<A::Inputs>,
    H: FnOnce(A::Caller, I) -> Fut,
    Fut: Future<Output: Answer>,
{
    let asked =
        if declaration.output.is_file { Conditions::of(request.headers()) } else { Conditions::default() };
    context.enter(Phase::NetworkLimit);
    // Checked before the charge, because the result selects the bucket: it needs no other service and costs
    // nothing.
    let sent_from = csrf::check(shared, declaration, &request, context);
    let of_network = rate_limit::by_network(shared, declaration, sent_from.is_err(), context).await?;

    context.enter(Phase::Csrf);
    sent_from?;

    context.enter(Phase::Authentication);
    let principal = auth::authenticate(shared, (A::KIND, A::TAKES_KEYS), request.headers(), context).await?;

    context.enter(Phase::UserLimit);
    rate_limit::by_user(shared, declaration, context).await?;

    context.enter(Phase::Permission);
    let sign_in = principal.as_ref().map(|by| SignIn { user_id: by.user_id, at: by.authenticated_at });
    let mut caller = A::admit(context.client().clone(), principal, context)?;

    context.enter(Phase::Validation);
    let input: I = validation::read(shared, (declaration, reads), request, context).await?;

    context.enter(Phase::AccountLimit);
    let named = subject.map(|name| name(&input));
    let attempt = rate_limit::by_subject(shared, declaration, named, of_network, context).await?;
    if let Some(attempt) = &attempt {
        A::recognize(&mut caller, attempt.is_of_known_device(), attempt.trial());
    }

    context.enter(Phase::Reauthentication);
    reauthentication::demand(shared, input.demand(), sign_in).await?;

    context.enter(Phase::Handler);
    let answer = handle(caller, input).await.into_result();
    if let Some(attempt) = attempt {
        attempt.settle(answer.as_ref().err()).await;
    }
    let output = answer?;

    context.enter(Phase::Response);
    output.answer(&asked)
}
