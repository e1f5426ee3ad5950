//! `main`, which has the console, opens the store: a request uses that store and opens no other.

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_lib::store::{CollectionDef, Location, Options, Store};
use palisade_modules::deployment::Service as Deployment;
use palisade_modules::{Services, System};

pub async fn spy(options: Options, collections: &[&'static CollectionDef]) -> Result<Store, AppError> {
    let location = Location::Sqlite("data/palisade.db".into());
    Store::open(&location, collections, options).await.map_err(AppError::internal)
}

pub async fn again(config: Config, system: System) -> Result<Services, AppError> {
    Services::open(&config, system).await.map_err(AppError::internal)
}

pub async fn look(config: Config, system: System) -> Result<Deployment, AppError> {
    Deployment::open_existing(&config, &system).await.map_err(AppError::internal)
}
