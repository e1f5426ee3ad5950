import { Suspense } from "react";
import { Tabs } from "./tabs";

/** The administrator's area. Each page checks the permission itself: a layout is not rendered again with every page. */
export default function Layout({ children }: LayoutProps<"/admin">) {
  return (
    <>
      <nav className="tabs" aria-label="Administration">
        <Suspense>
          <Tabs />
        </Suspense>
      </nav>
      {children}
    </>
  );
}
