//! Values that are not available yet.

use std::future::Future;
use std::pin::Pin;

/// A boxed future, the price of a trait object with an asynchronous method.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
