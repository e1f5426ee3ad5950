// The engines of the store, each empty at the beginning.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MongoClient } from "mongodb";

/** `mongodb` is the address of a replica set that the tests may use. */
export function* engines({ folder, mongodb }) {
  const of = (name) => {
    const own = join(folder, name);
    mkdirSync(own);
    return own;
  };
  yield { name: "SQLite", isFirst: true, folder: of("sqlite"), settings: {}, end() {} };

  const address = new URL(mongodb);
  const database = `palisade_oauth_${randomBytes(6).toString("hex")}`;
  address.pathname = database;
  yield {
    name: "MongoDB",
    isLast: true,
    folder: of("mongodb"),
    settings: { DATABASE_URL: address.href },
    async end() {
      const client = await MongoClient.connect(mongodb);
      assert.ok((await client.db(database).collection("users").countDocuments()) > 0, "the accounts are not in MongoDB");
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
}
