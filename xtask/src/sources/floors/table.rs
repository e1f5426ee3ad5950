//! The rooms of each crate in rising order: a file may import what stands above it here, and nothing else.

/// One crate.
pub(super) struct Crate {
    /// Where its sources are.
    pub(super) folder: &'static str,
    /// How it calls itself.
    pub(super) name: &'static str,
    /// The lowest first.
    pub(super) rooms: &'static [Room],
    /// Rooms whose files still import each other in circles. The list gets shorter, never longer.
    pub(super) tangled: &'static [&'static str],
}

/// A file or a folder directly in `src`, or one in a folder there that holds rooms of different floors (`utils::crypto`).
pub(super) struct Room {
    pub(super) name: &'static str,
    /// What is in it.
    pub(super) is: &'static str,
}

const fn room(name: &'static str, is: &'static str) -> Room {
    Room { name, is }
}

pub(super) const CRATES: &[Crate] = &[
    Crate {
        folder: "crates/core/src",
        name: "palisade_core",
        rooms: &[
            room("system", "the machine: time, chance, room for connections"),
            room("drain", "the end of the server, as connections see it"),
            room("net", "addresses, networks, proxies, origins"),
            room("values", "what a value can do by itself"),
            room("limits", "quotas, policies, windows"),
            room("utils::crypto", "keys, seals, tokens, password hashes"),
            room("cookies", "the cookies of the house"),
            room("utils::pagination", "pages of lists"),
            room("utils::logger", "log lines"),
            room("identity", "who is asking, as proofs"),
            room("request", "what is known about one request"),
            room("errors", "what can go wrong, and what is said about it"),
            room("config", "the environment, read once"),
            room("input", "what a route reads"),
            room("output", "what a route answers"),
            room("ports", "what core needs from outside"),
            room("health", "how the server is"),
            room("state", "what all requests share"),
            room("utils::response", "from an output to bytes"),
            room("errors::error_handler", "from an error to bytes"),
            room("declaration", "what was declared about a route"),
            room("middlewares", "the phases"),
            room("lifecycle", "their order"),
            room("routes", "declaring and mounting routes"),
            room("server", "connections, the outer band, the table of routes"),
            room("openapi", "the description of the interface"),
        ],
        tangled: &[],
    },
    Crate {
        folder: "crates/lib/src",
        name: "palisade_lib",
        rooms: &[
            room("trust", "whose certificates are believed"),
            room("limits", "what shared stores of limits have in common"),
            room("engine", "what the typed layer and the engines agree on"),
            room("sqlite", "the embedded engine"),
            room("mongodb", "the engine over MongoDB"),
            room("redis", "limits in Redis"),
            room("upstash", "limits at Upstash"),
            room("smtp", "mail"),
            room("store", "the typed document store"),
        ],
        tangled: &[],
    },
    Crate {
        folder: "crates/modules/src",
        name: "palisade_modules",
        rooms: &[
            room("system", "the machine, and where the store is"),
            room("clocks", "how far clocks are apart"),
            room("staged", "writes that one module hands to another"),
            room("retry", "decisions that are made again after a lost race"),
            room("user", "users"),
            room("keys", "keys"),
            room("limiter", "which store counts requests"),
            room("mail", "mails and their delivery"),
            room("addresses", "what only drivers can say about the environment"),
            room("auth", "signing in"),
            room("deployment", "what an operator does to a whole deployment"),
            room("open", "where everything is put together"),
        ],
        tangled: &[],
    },
    Crate {
        folder: "crates/app/src",
        name: "palisade",
        rooms: &[room("pages", "pages for people"), room("api", "the routes"), room("cli", "the commands")],
        tangled: &[],
    },
    Crate {
        folder: "xtask/src",
        name: "xtask",
        rooms: &[
            room("finding", "what a check reports"),
            room("console", "where it is printed"),
            room("repository", "the repository, read"),
            room("outcome", "how a step went"),
            room("programs", "the tests, built once"),
            room("servers", "servers for tests"),
            room("engines", "which tests need which servers"),
            room("manifests", "who depends on whom"),
            room("machine_code", "what the compiler makes of bcrypt's lanes"),
            room("web", "what needs other people's servers and clients"),
            room("bench", "measuring"),
            room("sources", "rules that the compiler cannot hold"),
            room("generate", "generated files"),
            room("steps", "all steps, in order"),
        ],
        tangled: &[],
    },
];
