// Who signs in through the providers.

/** Of all of them, where the provider asks for one. */
export const PASSWORD = "correct horse battery";

/** Each provider has its own people: nobody's address is known to two. `verified` is what it says of the address, if anything. */
export const peopleAt = (domain) => [
  { login: "ada", email: `ada@${domain}`, verified: true, name: "Ada" },
  { login: "bob", email: `bob@${domain}`, verified: true, name: "Bob" },
  { login: "zoe", email: `zoe@${domain}`, verified: true, name: "Zoe" },
  // He always says no. The others agree, and some providers ask them only once.
  { login: "ned", email: `ned@${domain}`, verified: true, name: "Ned" },
  { login: "eve", email: `eve@${domain}`, verified: false, name: "Eve" },
  { login: "mel", email: `mel@${domain}`, name: "Mel" },
  { login: "tom", email: `tom@${domain}`, verified: "true", name: "Tom" },
];
