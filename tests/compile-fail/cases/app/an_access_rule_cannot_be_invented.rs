//! The kinds of access are closed: no other code decides who may call a route.

use palisade_core::errors::AppError;
use palisade_core::identity::{Client, Principal};
use palisade_core::input::AnyInput;
use palisade_core::middlewares::access::{Access, NoPermission};
use palisade_core::routes::AccessKind;
use palisade_core::request::RequestContext;

pub struct Everybody;

impl Access for Everybody {
    type Caller = ();
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Public;

    fn admit(_: Client, _: Option<Principal>, _: &RequestContext) -> Result<(), AppError> {
        Ok(())
    }
}
