"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";

/** In place of a page that could not be rendered: Palisade is down, or busy. */
export default function Failure({ reset }: { error: Error; reset: () => void }) {
  const router = useRouter();
  const again = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  return (
    <section className="card narrow">
      <h1>Something went wrong</h1>
      <p className="notice bad">The page could not be loaded. Please try again in a moment.</p>
      <button onClick={again}>Try again</button>
    </section>
  );
}
