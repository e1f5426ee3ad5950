import Link from "next/link";
import type { ReactNode } from "react";

/** The items of a page of a list, and the way to the next one. */
export function List({ children, next, first }: { children: ReactNode[]; next: string | null; first: string | undefined }) {
  return (
    <>
      {children.length > 0 ? <ul className="rows">{children}</ul> : <p className="waiting">Nothing found.</p>}
      {(first || next) && (
        <nav className="paging" aria-label="Pages">
          {first && <Link href={first}>First page</Link>}
          {next && <Link href={next}>Next page</Link>}
        </nav>
      )}
    </>
  );
}
