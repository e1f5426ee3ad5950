import { SessionProvider } from "palisade-client/next/client";
import { type ReactNode, Suspense } from "react";
import { getSession } from "../session";
import { Badge } from "./badge";

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        {/* Not awaited: the layout stays static, and only the badge waits. */}
        <SessionProvider initial={getSession()}>
          <Suspense fallback={<p id="badge">…</p>}>
            <Badge />
          </Suspense>
          {children}
        </SessionProvider>
      </body>
    </html>
  );
}
