import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SessionProvider } from "../session";
import { Header } from "./header";
import "./style.css";

// The pages set their titles: client components cannot export metadata.
export const metadata: Metadata = { description: "A Next.js app whose accounts are Palisade's" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <SessionProvider>
          <Header />
          <main>{children}</main>
        </SessionProvider>
      </body>
    </html>
  );
}
