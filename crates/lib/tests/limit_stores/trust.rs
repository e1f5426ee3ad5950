//! Only certificates of the configured authorities are accepted.

use std::path::Path;

use palisade_core::config::settings::Setting as _;
use palisade_core::config::trust::CaFile;
use palisade_core::config::upstash::{RestToken, RestUrl, UpstashRest};
use palisade_core::limits::{LimitStoreError, Quota};
use palisade_core::ports::LimitStore as _;
use palisade_lib::upstash::UpstashLimiter;
use palisade_test_servers::{Authority, RedisServer, TlsFront};

use crate::schedules::charge;
use crate::upstash::{StandIn, TOKEN};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_configured_authority_is_trusted() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let authority = Authority::new(ours.path()).unwrap();
    let other = Authority::new(theirs.path()).unwrap();
    let redis = RedisServer::start().await.unwrap();
    let stand_in = StandIn::before(&redis.url()).await;
    let port = stand_in.address().rsplit_once(':').unwrap().1.parse().unwrap();
    let front = TlsFront::before(port, &authority).await.unwrap();
    let take = async |file: Option<&Path>| {
        let rest = UpstashRest {
            url: RestUrl::parse(&format!("https://{}", front.address())).unwrap(),
            token: RestToken::parse(TOKEN).unwrap(),
            authorities: file.map(|file| CaFile::parse(file.to_str().unwrap()).unwrap()),
        };
        let limiter = UpstashLimiter::open(&rest, "t").unwrap();
        limiter.take(&[charge("a", 1, Quota::of(9, 60))]).await
    };
    assert!(take(Some(authority.file())).await.unwrap().passed());
    for file in [None, Some(other.file())] {
        let refused = take(file).await;
        assert!(matches!(refused, Err(LimitStoreError::Unreachable(_))), "{file:?}: {refused:?}");
    }
}
