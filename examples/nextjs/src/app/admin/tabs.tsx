"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

/** The lists of the area. A new one goes here. */
const LISTS = [
  ["/admin/people", "People"],
  ["/admin/invitations", "Invitations"],
] as const;

export function Tabs() {
  const path = usePathname();
  return LISTS.map(([href, name]) => (
    <Link key={href} href={href} aria-current={path === href ? "page" : undefined}>
      {name}
    </Link>
  ));
}
