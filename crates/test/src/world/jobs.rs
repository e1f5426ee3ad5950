//! The scheduler of a world.

use serde_json::Value;

use super::World;
use super::settings::CRON_SECRET;
use crate::client::Client;

impl World {
    /// The scheduler of this deployment: a program with the secret for `/api/v1/cron`.
    pub fn scheduler(&self) -> Client {
        self.program().with_header("Authorization", &format!("Bearer {CRON_SECRET}"))
    }

    /// Has the scheduler start this job, of the product or of Palisade, until nothing is left to do. A job of a product runs
    /// now, whether it is due or not.
    ///
    /// # Panics
    /// When a run fails: the message has the answer.
    pub async fn run_job(&self, name: &str) {
        let mut scheduler = self.scheduler();
        loop {
            let run = scheduler.post(&format!("/api/v1/cron/{name}"), Value::Null).await.succeeds(200);
            if run.get("more") != Some(&Value::Bool(true)) {
                return;
            }
        }
    }
}
