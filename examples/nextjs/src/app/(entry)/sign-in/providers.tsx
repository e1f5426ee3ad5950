import { palisade } from "../../../server";

/** A button for each provider that the server knows. */
export async function Providers({ destination }: { destination: string }) {
  const listed = await palisade.call("GET /auth/oauth");
  if (!listed.ok || listed.data.items.length === 0) return null;
  // This page shows the error, or leads on to the destination.
  const returnTo = `/sign-in?${new URLSearchParams({ returnTo: destination })}`;
  return (
    <ul className="ways" aria-label="Other ways">
      {listed.data.items.map(({ name, label }) => (
        <li key={name}>
          {/* Not a page of Next.js: the browser leaves the app. */}
          <a className="button quiet" href={`/api/v1/auth/oauth/${name}?${new URLSearchParams({ returnTo })}`}>
            Continue with {label}
          </a>
        </li>
      ))}
    </ul>
  );
}
