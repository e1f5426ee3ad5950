// What the tables of guards share: where tests are, and what their messages show.

/** A test of crates/lib, and texts that its message must have. */
export const lib = (test, ...shown) => ({ program: "lib", test, shown });

/** Rows of the table of wrong claims. */
export const row = (...rows) =>
  lib("oauth::tests::claims::one_wrong_thing_in_an_id_token_is_refused_as_itself", ...rows.map((what) => `"${what}: `));

export const algorithms = lib("oauth::tests::claims::every_asymmetric_algorithm_is_accepted_if_it_is_listed");

/** A test of the interface. */
export const api = (test, shown = "") => ({ program: "api", test: `oauth::${test}`, shown: [shown] });

/** The same on MongoDB, for races: its calls take long enough for another request to come between two of them every time. */
export const apiOnMongoDB = (test) => ({ ...api(test), engine: "mongodb" });
