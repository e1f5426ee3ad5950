//! A replica set whose members can be killed.

use std::time::Duration;

use mongodb::bson::{Bson, Document, doc};

use crate::certificates::Authority;
use crate::clock::WrongClock;
use crate::error::ServerError;
use crate::keeper::Keeper;
use crate::mongod::{Mongod, PATIENCE, PAUSE, SET, USER, key_file, late};

/// What a set is like.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many members it has.
    pub members: u8,
    /// After how long without a word from the primary the others elect a new one.
    pub election_timeout: Duration,
    /// Whether one has to sign in. [`ReplicaSet::url`] has the user name and the password.
    pub auth: bool,
    /// Whether it speaks TLS. [`ReplicaSet::url`] asks for it, and names the authority.
    pub tls: bool,
}

impl Default for Options {
    /// Three members, the election timeout that MongoDB has (10 s), nobody to sign in.
    fn default() -> Self {
        Self { members: 3, election_timeout: Duration::from_secs(10), auth: false, tls: false }
    }
}

impl Options {
    /// Three members that elect a new primary within a few seconds. On a busy machine they may do so for no reason.
    pub fn for_failover() -> Self {
        Self { election_timeout: Duration::from_secs(2), ..Self::default() }
    }

    /// One member, which is there soonest.
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
    /// After the members, so that it is dropped after them.
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

    /// The same with members that go by these clocks, the first by the first; for whom there is none, by this machine's.
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
            // Preferred, so that we who look after it need not speak it.
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

    /// `mongodb://127.0.0.1:…,127.0.0.1:…/?replicaSet=rs0`, naming every member.
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self.members.iter().map(Mongod::address).collect();
        let user = self.password.as_ref().map(|password| format!("{USER}:{password}@")).unwrap_or_default();
        let source = if self.password.is_some() { "&authSource=admin" } else { "" };
        let tls =
            self.authority.as_ref().map(|known| format!("&tls=true&tlsCAFile={}", known.file().display()));
        let tls = tls.unwrap_or_default();
        format!("mongodb://{user}{}/?replicaSet={SET}{source}{tls}", hosts.join(","))
    }

    /// The index of the member that says it is the primary, after waiting for one: at most a minute.
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
            if waited >= PATIENCE {
                return Err(late("a primary", last));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    /// Kills a member with SIGKILL. Does nothing to one that does not run.
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub fn kill(&mut self, member: usize) {
        self.members.get_mut(member).expect("a member of the set").kill();
    }

    /// Stops a member in the middle of whatever it does (SIGSTOP): its connections stay open, and nobody answers.
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub fn pause(&self, member: usize) -> Result<(), ServerError> {
        self.members.get(member).expect("a member of the set").signal("STOP")
    }

    /// Lets a member go on after [`pause`](Self::pause).
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub fn resume(&self, member: usize) -> Result<(), ServerError> {
        self.members.get(member).expect("a member of the set").signal("CONT")
    }

    /// Starts a killed member again, on its port and its files, and waits until it answers.
    ///
    /// # Panics
    ///
    /// When there is no member of this index.
    #[expect(clippy::expect_used, reason = "a test that names a member there is not is wrong")]
    pub async fn restart(&mut self, member: usize) -> Result<(), ServerError> {
        let member = self.members.get_mut(member).expect("a member of the set");
        if member.runs() { Ok(()) } else { member.run().await }
    }

    /// Waits until there is a primary and every member that runs follows it: then any of them may be lost.
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
            if waited >= PATIENCE {
                return Err(late("a complete replica set", last));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    /// Runs a command on the `admin` database of one member, whatever its role: `configureFailPoint`, say.
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
        // The first election would come after the timeout; this member can be elected once the others know the set.
        let mut waited = Duration::ZERO;
        while self.members.len() > 1
            && let Err(error) = self.command(0, doc! {"replSetStepUp": 1}).await
        {
            if waited >= PATIENCE {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
        self.primary().await.map(drop)
    }

    /// Makes the one user, which a server without users lets us do from its own machine, and signs in.
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

/// How many members are a primary or follow one.
fn ready(status: &Document) -> usize {
    const PRIMARY: i32 = 1;
    const SECONDARY: i32 = 2;
    let members = status.get_array("members").map(Vec::as_slice).unwrap_or_default();
    let state = |member: &Bson| member.as_document().and_then(|member| member.get_i32("state").ok());
    members.iter().filter_map(state).filter(|state| matches!(*state, PRIMARY | SECONDARY)).count()
}
