"use client";

/** In place of a page that could not be rendered: Palisade is down, or busy. */
export default function Failure({ reset }: { error: Error; reset: () => void }) {
  return (
    <section className="card narrow">
      <h1>Something went wrong</h1>
      <p className="notice bad">The page could not be loaded. You are still signed in.</p>
      <button onClick={reset}>Try again</button>
    </section>
  );
}
