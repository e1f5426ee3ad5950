import { palisade } from "../../server";
import { Time } from "../../components/time";
import { sentence } from "../../components/problem";
import { Link, Remove } from "./link-provider";

/** The accounts elsewhere through which the user signs in, and those that could be added. */
export async function Providers() {
  const [known, linked] = await Promise.all([
    palisade.call("GET /auth/oauth"),
    palisade.call("GET /auth/identities", { query: { limit: 100 } }),
  ]);
  const failed = [known, linked].find((result) => !result.ok);
  const identities = linked.ok ? linked.data.items : [];
  const isLinked = (name: string) => identities.some(({ provider }) => provider === name);
  const others = known.ok ? known.data.items.filter(({ name }) => !isLinked(name)) : [];
  if (!failed && identities.length === 0 && others.length === 0) return null;
  return (
    <section className="card" aria-labelledby="providers">
      <h2 id="providers">Providers</h2>
      <p className="lead">Accounts elsewhere through which you sign in here.</p>
      {failed && !failed.ok && <p className="notice bad">{sentence(failed.error)}</p>}
      <ul className="rows">
        {identities.map(({ id, label, address, linkedAt }) => (
          <li key={id}>
            <div>
              <strong>{label}</strong>
              <p className="hint">
                {address && `${address}, `}linked <Time at={linkedAt} />
              </p>
            </div>
            <Remove id={id} label={label} />
          </li>
        ))}
        {others.map(({ name, label }) => (
          <li key={name}>
            <div>
              <strong>{label}</strong>
              <p className="hint">Not linked</p>
            </div>
            <Link provider={name} label={label} />
          </li>
        ))}
      </ul>
    </section>
  );
}
