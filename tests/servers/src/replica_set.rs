//! A replica set whose members can be killed.

use std::time::Duration;

use mongodb::bson::{Bson, Document, doc};

use crate::certificates::Authority;
use crate::clock::WrongClock;
use crate::error::ServerError;
use crate::keeper::Keeper;
use crate::mongod::{Mongod, PAUSE, SET, USER, WAIT, key_file, late};

/// The options of a set.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The number of members.
    pub members: u8,
    /// How long the primary may be silent before the others elect a new one.
    pub election_timeout: Duration,
    /// Whether it requires authentication. [`ReplicaSet::url`] contains the user name and the password.
    pub auth: bool,
    /// Whether it uses TLS. [`ReplicaSet::url`] enables it and names the authority.
    pub tls: bool,
}

impl Default for Options {
    /// Three members, MongoDB's default election timeout (10 s), no authentication.
    fn default() -> Self {
        Self { members: 3, election_timeout: Duration::from_secs(10), auth: false, tls: false }
    }
}

impl Options {
    /// Three members that elect a new primary within a few seconds. On a busy machine they may also do so without a
    /// failure.
    pub fn for_failover() -> Self {
        Self { election_timeout: Duration::from_secs(2), ..Self::default() }
    }

    /// One member, which starts fastest.
    pub fn single() -> Self {
        Self { members: 1, ..Self::default() }
    }
}

/// A replica set. Dropping it kills its members and removes their files.
#[derive(Debug)]
pub struct ReplicaSet {
    members: Vec<Mongod>,
    password: Option<String>,
    authority: Option<Authority>,
    /// After the members, so that it is dropped last.
    _keeper: Keeper,
}

impl ReplicaSet {
    /// Starts a set of three and waits until there is a primary and every member has the data.
    pub async fn start() -> Result<Self, ServerError> {
        Self::with(Options::default()).await
    }

    /// Starts a set and waits until there is a primary and every member has the data.
    pub async fn with(options: Options) -> Result<Self, ServerError> {
        Self::by_clocks(options, &[]).await
    }

    /// The same with members that use these clocks, in order. Further members use this machine's clock.
    pub async fn by_clocks(options: Options, clocks: &[&WrongClock]) -> Result<Self, ServerError> {
        let keeper = Keeper::new()?;
        let mut more =
            vec!["--replSet".to_owned(), SET.to_owned(), "--oplogSize".to_owned(), "64".to_owned()];
        let mut password = None;
        if options.auth {
            let (file, key) = key_file(keeper.folder())?;
            more.extend(["--keyFile".to_owned(), file.to_string_lossy().into_owned()]);
            password = Some(key);
        }
        let mut authority = None;
        if options.tls {
            let known = authority.insert(Authority::new(keeper.folder())?);
            let certificate = keeper.folder().join("server.pem");
            known.for_loopback(&certificate)?;
            // Preferred and not required, so that this code can connect without TLS.
            for (name, value) in [
                ("--tlsMode", "preferTLS".into()),
                ("--tlsCAFile", known.file().to_string_lossy()),
                ("--tlsCertificateKeyFile", certificate.to_string_lossy()),
            ] {
                more.extend([name.to_owned(), value.into_owned()]);
            }
            more.push("--tlsAllowConnectionsWithoutCertificates".to_owned());
        }
        let mut members = Vec::new();
        for number in 0..options.members {
            let name = format!("member-{number}");
            let clock = clocks.get(usize::from(number));
            let environment = clock.map(|clock| clock.environment()).unwrap_or_default();
            members.push(Mongod::start(&keeper, &name, &more, environment).await?);
        }
        let mut set = Self { members, password, authority, _keeper: keeper };
        set.initiate(options.election_timeout).await?;
        if set.password.is_some() {
            set.sign_in().await?;
        }
        set.complete().await?;
        Ok(set)
    }

    /// `mongodb://127.0.0.1:…,127.0.0.1:…/?replicaSet=rs0` with every member.
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self.members.iter().map(Mongod::address).collect();
        let user = self.password.as_ref().map(|password| format!("{USER}:{password}@")).unwrap_or_default();
        let source = if self.password.is_some() { "&authSource=admin" } else { "" };
        let tls =
            self.authority.as_ref().map(|known| format!("&tls=true&tlsCAFile={}", known.file().display()));
        let tls = tls.unwrap_or_default();
        format!("mongodb://{user}{}/?replicaSet={SET}{source}{tls}", hosts.join(","))
    }

    /// The index of the primary. Waits for one for at most a minute.
    pub async fn primary(&self) -> Result<usize, ServerError> {
        let mut waited = Duration::ZERO;
        loop {
            let mut last = "none of them runs".to_owned();
            for (index, member) in self.members.iter().enumerate().filter(|(_, member)| member.runs()) {
                match member.command("asking for the role", doc! {"hello": 1}).await {
                    Ok(hello) if hello.get_bool("isWritablePrimary").unwrap_or(false) => return Ok(index),
                    Ok(hello) => last = hello.to_string(),
                    Err(error) => last = error.to_string(),
                }
            }
            if waited >= WAIT {
                return Err(late("a primary", last));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    /// Kills a member with SIGKILL, if it runs.
    ///
    /// # Panics
    ///
    /// When there is no member with this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub fn kill(&mut self, member: usize) {
        self.members.get_mut(member).expect("a member of the set").kill();
    }

    /// Stops a member (SIGSTOP): its connections stay open, and it does not answer.
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub fn pause(&self, member: usize) -> Result<(), ServerError> {
        self.members.get(member).expect("a member of the set").signal("STOP")
    }

    /// Resumes a member after [`pause`](Self::pause).
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub fn resume(&self, member: usize) -> Result<(), ServerError> {
        self.members.get(member).expect("a member of the set").signal("CONT")
    }

    /// Restarts a killed member on its port and its files, and waits until it answers.
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub async fn restart(&mut self, member: usize) -> Result<(), ServerError> {
        let member = self.members.get_mut(member).expect("a member of the set");
        if member.runs() { Ok(()) } else { member.run().await }
    }

    /// Waits until there is a primary and every running member follows it: then the set can lose any member.
    pub async fn complete(&self) -> Result<(), ServerError> {
        let running = self.members.iter().filter(|member| member.runs()).count();
        let mut waited = Duration::ZERO;
        loop {
            let primary = self.primary().await?;
            let asked = self.command(primary, doc! {"replSetGetStatus": 1}).await;
            let last = match asked {
                Ok(status) if ready(&status) == running => return Ok(()),
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            };
            if waited >= WAIT {
                return Err(late("a complete replica set", last));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    /// Runs a command on the `admin` database of one member, whatever its role, for example `configureFailPoint`.
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub async fn command(&self, member: usize, command: Document) -> Result<Document, ServerError> {
        self.members.get(member).expect("a member of the set").command("running a command", command).await
    }

    async fn initiate(&self, election_timeout: Duration) -> Result<(), ServerError> {
        let members = (0_i32..).zip(&self.members);
        let members: Vec<Bson> =
            members.map(|(id, member)| doc! {"_id": id, "host": member.address()}.into()).collect();
        let timeout = i64::try_from(election_timeout.as_millis()).unwrap_or(i64::MAX);
        let config = doc! {
            "_id": SET,
            "members": members,
            "settings": {"electionTimeoutMillis": timeout, "heartbeatIntervalMillis": (timeout / 5).min(2000)},
        };
        self.command(0, doc! {"replSetInitiate": config}).await?;
        // The first election would begin only after the timeout; this member can be elected as soon as the others know
        // the set.
        let mut waited = Duration::ZERO;
        while self.members.len() > 1
            && let Err(error) = self.command(0, doc! {"replSetStepUp": 1}).await
        {
            if waited >= WAIT {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
        self.primary().await.map(drop)
    }

    /// Creates the only user, which a server without users allows from its own machine, and signs in.
    async fn sign_in(&mut self) -> Result<(), ServerError> {
        let primary = self.primary().await?;
        let password = self.password.clone().unwrap_or_default();
        let create = doc! {"createUser": USER, "pwd": &password, "roles": ["root"]};
        self.command(primary, create).await?;
        for member in &mut self.members {
            member.sign_in(&password)?;
        }
        Ok(())
    }
}

/// The number of members that are primary or secondary.
fn ready(status: &Document) -> usize {
    const PRIMARY: i32 = 1;
    const SECONDARY: i32 = 2;
    let members = status.get_array("members").map(Vec::as_slice).unwrap_or_default();
    let state = |member: &Bson| member.as_document().and_then(|member| member.get_i32("state").ok());
    members.iter().filter_map(state).filter(|state| matches!(*state, PRIMARY | SECONDARY)).count()
}
