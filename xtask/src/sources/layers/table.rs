//! The layers of each crate, the lowest first: a file may import only from its own layer and lower ones.

/// One crate.
pub(super) struct Crate {
    /// The folder of its sources.
    pub(super) folder: &'static str,
    /// The name that its own code uses.
    pub(super) name: &'static str,
    /// The lowest first.
    pub(super) layers: &'static [Layer],
}

/// A file or a folder directly in `src`, or one in a folder that contains several layers (`utils::crypto`).
pub(super) struct Layer {
    pub(super) name: &'static str,
    /// Its content.
    pub(super) is: &'static str,
}

const fn layer(name: &'static str, is: &'static str) -> Layer {
    Layer { name, is }
}

pub(super) const CRATES: &[Crate] = &[
    Crate {
        folder: "crates/core/src",
        name: "palisade_core",
        layers: &[
            layer("causes", "an error and its causes as text"),
            layer("system", "the machine: time, chance, room for connections"),
            layer("metrics", "what the server counts about itself"),
            layer("traces", "the spans of requests"),
            layer("drain", "the end of the server, as connections see it"),
            layer("net", "addresses, networks, proxies, origins"),
            layer("values", "values and their rules"),
            layer("files", "files of people, and the port that keeps them"),
            layer("limits", "quotas, policies, windows"),
            layer("utils::crypto", "keys, seals, tokens, password hashes"),
            layer("cookies", "the cookies of the product"),
            layer("utils::pagination", "pages of lists"),
            layer("utils::logger", "log lines"),
            layer("utils::templates", "text from templates, escaped"),
            layer("utils::languages", "texts in several languages"),
            layer("identity", "the caller, as proofs"),
            layer("request", "the data of one request"),
            layer("errors", "errors and their texts"),
            layer("config", "the environment, read once"),
            layer("input", "the input of a route"),
            layer("output", "the output of a route"),
            layer("utils::response", "from an output to bytes"),
            layer("errors::error_handler", "from an error to bytes"),
            layer("ports", "the ports that core needs"),
            layer("health", "the health of the server"),
            layer("state", "the state that all requests share"),
            layer("declaration", "the declaration of a route"),
            layer("middlewares", "the phases"),
            layer("lifecycle", "their order"),
            layer("routes", "declaring and mounting routes"),
            layer("server", "connections, the outer band, the table of routes"),
            layer("openapi", "the description of the interface"),
        ],
    },
    Crate {
        folder: "crates/lib/src",
        name: "palisade_lib",
        layers: &[
            layer("trust", "the trusted certificate authorities"),
            layer("limits", "the common part of shared limit stores"),
            layer("files", "files in a folder"),
            layer("engine", "the interface between the typed layer and the engines"),
            layer("sqlite", "the embedded engine"),
            layer("mongodb", "the engine over MongoDB"),
            layer("redis", "limits in Redis"),
            layer("upstash", "limits at Upstash"),
            layer("smtp", "mail"),
            layer("outbound", "calls to outside servers"),
            layer("traces", "spans for a collector"),
            layer("oauth", "sign-in through providers"),
            layer("store", "the typed document store"),
        ],
    },
    Crate {
        folder: "crates/modules/src",
        name: "palisade_modules",
        layers: &[
            layer("permissions", "the built-in permissions"),
            layer("role", "the roles, and what each permits"),
            layer("staged", "writes that one module hands to another"),
            layer("retry", "retries of decisions after a lost race"),
            layer("product", "what a product adds, and what its code works with"),
            layer("system", "the machine, the product, and the location of the store"),
            layer("clocks", "the differences between clocks"),
            layer("backoff", "the delays between attempts"),
            layer("revision", "the revision that a change is based on"),
            layer("user_agent", "browsers, in words"),
            layer("audit", "who did what"),
            layer("traces", "the spans of requests, if they are built"),
            layer("user", "users"),
            layer("keys", "keys"),
            layer("limiter", "the store that counts requests"),
            layer("mail", "mails and their delivery"),
            layer("webhook", "sending events to their receivers"),
            layer("own_jobs", "the jobs of a product"),
            layer("addresses", "the checks of settings that need a driver"),
            layer("auth", "signing in"),
            layer("own_mails", "the mails of a product"),
            layer("deployment", "the operator's work on a whole deployment"),
            layer("jobs", "the work beside the requests, in steps"),
            layer("open", "the assembly of everything"),
        ],
    },
    Crate {
        folder: "crates/app/src",
        name: "palisade",
        layers: &[
            layer("pages", "pages for people"),
            layer("api", "the routes"),
            layer("product", "everything that is built on Palisade, as one value"),
            layer("cli", "the commands"),
            layer("host", "the server inside another program"),
        ],
    },
    Crate {
        folder: "xtask/src",
        name: "xtask",
        layers: &[
            layer("finding", "the reports of checks"),
            layer("console", "the output"),
            layer("repository", "the repository, read"),
            layer("outcome", "the outcome of a step"),
            layer("programs", "the tests, built once"),
            layer("servers", "servers for tests"),
            layer("engines", "the engines that tests need"),
            layer("manifests", "the dependencies between crates"),
            layer("machine_code", "the machine code of bcrypt's lanes"),
            layer("web", "the tests with third-party servers and clients"),
            layer("bench", "measuring"),
            layer("links", "the links between pages"),
            layer("sources", "rules that the compiler cannot enforce"),
            layer("generate", "generated files"),
            layer("new_product", "the product that the program writes"),
            layer("vercel", "the API tests behind the runtime of a platform"),
            layer("steps", "all steps, in order"),
        ],
    },
];
