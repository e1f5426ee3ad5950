import Link from "next/link";

/** The administrator's area. Each page checks the permission itself: a layout is not rendered again with every page. */
export default function Layout({ children }: LayoutProps<"/admin">) {
  return (
    <>
      <nav className="tabs" aria-label="Administration">
        <Link href="/admin/people">People</Link>
        <Link href="/admin/invitations">Invitations</Link>
      </nav>
      {children}
    </>
  );
}
