//! The rooms of each crate in rising order: a file may import only from the rooms that stand above its own in this
//! list.

/// One crate.
pub(super) struct Crate {
    /// The folder of its sources.
    pub(super) folder: &'static str,
    /// The name that its own code uses.
    pub(super) name: &'static str,
    /// The lowest first.
    pub(super) rooms: &'static [Room],
}

/// A file or a folder directly in `src`, or one in a folder there that holds rooms of different floors
/// (`utils::crypto`).
pub(super) struct Room {
    pub(super) name: &'static str,
    /// Its content.
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
            room("causes", "an error and its causes as text"),
            room("system", "the machine: time, chance, room for connections"),
            room("drain", "the end of the server, as connections see it"),
            room("net", "addresses, networks, proxies, origins"),
            room("values", "values and their rules"),
            room("limits", "quotas, policies, windows"),
            room("utils::crypto", "keys, seals, tokens, password hashes"),
            room("cookies", "the cookies of the product"),
            room("utils::pagination", "pages of lists"),
            room("utils::logger", "log lines"),
            room("utils::templates", "text from templates, escaped"),
            room("utils::languages", "texts in several languages"),
            room("identity", "the caller, as proofs"),
            room("request", "the data of one request"),
            room("errors", "errors and their texts"),
            room("config", "the environment, read once"),
            room("input", "the input of a route"),
            room("output", "the output of a route"),
            room("utils::response", "from an output to bytes"),
            room("errors::error_handler", "from an error to bytes"),
            room("ports", "the ports that core needs"),
            room("health", "the health of the server"),
            room("state", "the state that all requests share"),
            room("declaration", "the declaration of a route"),
            room("middlewares", "the phases"),
            room("lifecycle", "their order"),
            room("routes", "declaring and mounting routes"),
            room("server", "connections, the outer band, the table of routes"),
            room("openapi", "the description of the interface"),
        ],
    },
    Crate {
        folder: "crates/lib/src",
        name: "palisade_lib",
        rooms: &[
            room("trust", "the trusted certificate authorities"),
            room("limits", "the common part of shared limit stores"),
            room("engine", "the interface between the typed layer and the engines"),
            room("sqlite", "the embedded engine"),
            room("mongodb", "the engine over MongoDB"),
            room("redis", "limits in Redis"),
            room("upstash", "limits at Upstash"),
            room("smtp", "mail"),
            room("store", "the typed document store"),
        ],
    },
    Crate {
        folder: "crates/modules/src",
        name: "palisade_modules",
        rooms: &[
            room("system", "the machine, and the location of the store"),
            room("clocks", "the differences between clocks"),
            room("staged", "writes that one module hands to another"),
            room("retry", "retries of decisions after a lost race"),
            room("user", "users"),
            room("keys", "keys"),
            room("limiter", "the store that counts requests"),
            room("mail", "mails and their delivery"),
            room("addresses", "the checks of addresses that need a driver"),
            room("auth", "signing in"),
            room("deployment", "the operator's work on a whole deployment"),
            room("open", "the assembly of everything"),
        ],
    },
    Crate {
        folder: "crates/app/src",
        name: "palisade",
        rooms: &[room("pages", "pages for people"), room("api", "the routes"), room("cli", "the commands")],
    },
    Crate {
        folder: "xtask/src",
        name: "xtask",
        rooms: &[
            room("finding", "the reports of checks"),
            room("console", "the output"),
            room("repository", "the repository, read"),
            room("outcome", "the outcome of a step"),
            room("programs", "the tests, built once"),
            room("servers", "servers for tests"),
            room("engines", "the engines that tests need"),
            room("manifests", "the dependencies between crates"),
            room("machine_code", "the machine code of bcrypt's lanes"),
            room("web", "the tests with third-party servers and clients"),
            room("bench", "measuring"),
            room("sources", "rules that the compiler cannot enforce"),
            room("generate", "generated files"),
            room("steps", "all steps, in order"),
        ],
    },
];
