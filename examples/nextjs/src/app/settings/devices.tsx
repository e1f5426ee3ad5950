import { palisade } from "../../server";
import { sentence } from "../../components/problem";
import { Time } from "../../components/time";
import { EndAll, EndDevice } from "./end-device";

/** Where the user is signed in. At most 50 sessions, so one page is all. */
export async function Devices() {
  const listed = await palisade.call("GET /auth/sessions", { query: { limit: 100 } });
  if (!listed.ok) return <p className="notice bad">{sentence(listed.error)}</p>;
  return (
    <>
      <ul className="rows">
        {listed.data.items.map(({ id, device, ip, lastUsedAt, current }) => (
          <li key={id}>
            <div>
              <strong>{device ?? "Unknown device"}</strong> {current && <span className="badge">This device</span>}
              <p className="hint">
                {ip}, last used <Time at={lastUsedAt} />
              </p>
            </div>
            {!current && <EndDevice id={id} device={device ?? "unknown device"} />}
          </li>
        ))}
      </ul>
      <EndAll />
    </>
  );
}
