// Who signs in through the providers.

/** Of all of them, where the provider asks for one. */
export const PASSWORD = "correct horse battery";

/** Each provider has its own people: no two know the same address. `verified` is what it says of the address, if anything. */
export const peopleAt = (domain) => [
  { login: "ada", email: `ada@${domain}`, verified: true, name: "Ada" },
  { login: "bob", email: `bob@${domain}`, verified: true, name: "Bob" },
  { login: "zoe", email: `zoe@${domain}`, verified: true, name: "Zoe" },
  { login: "kim", email: `kim@${domain}`, verified: true, name: "Kim" },
  { login: "lea", email: `lea@${domain}`, verified: true, name: "Lea" },
  { login: "pia", email: `pia@${domain}`, verified: true, name: "Pia" },
  // He always says no. The others agree, and some providers ask them only once.
  { login: "ned", email: `ned@${domain}`, verified: true, name: "Ned" },
  { login: "uma", email: `uma@${domain}`, verified: false, name: "Uma" },
  { login: "eve", email: `eve@${domain}`, verified: false, name: "Eve" },
  { login: "mel", email: `mel@${domain}`, name: "Mel" },
  { login: "kit", email: `kit@${domain}`, verified: true, name: "Kit" },
  { login: "kay", email: `kay@${domain}`, verified: false, name: "Kay" },
  { login: "tom", email: `tom@${domain}`, verified: "true", name: "Tom" },
];
