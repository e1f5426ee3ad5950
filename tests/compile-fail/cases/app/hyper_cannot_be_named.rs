//! Only core speaks HTTP: a route cannot reach below the lifecycle.

pub fn second_door() {
    let service = hyper::service::service_fn(|request| async { request });
}
