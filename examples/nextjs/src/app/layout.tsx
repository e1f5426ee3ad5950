import type { Metadata } from "next";
import { SessionProvider } from "palisade-client/next/client";
import type { ReactNode } from "react";
import { getSession } from "../server";
import { Header } from "./header";
import "./style.css";

export const metadata: Metadata = {
  title: { template: "%s · Example", default: "Example" },
  description: "A Next.js app whose accounts are Palisade's",
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <a className="skip" href="#main">
          Skip to the content
        </a>
        {/* One call for a page. Without `recheck` the header would show a session that has ended until its token expires. */}
        <SessionProvider initial={getSession({ recheck: true })}>
          <Header />
          <main id="main" tabIndex={-1}>
            {children}
          </main>
        </SessionProvider>
      </body>
    </html>
  );
}
