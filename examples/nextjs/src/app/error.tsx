"use client";

import type { ErrorInfo } from "next/error";

/** In place of a page that could not be rendered: Palisade is down, or busy. */
export default function Failure({ retry }: ErrorInfo) {
  return (
    <section className="card narrow">
      <h1>Something went wrong</h1>
      <p className="notice bad">The page could not be loaded. Please try again in a moment.</p>
      <button onClick={retry}>Try again</button>
    </section>
  );
}
