import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Who } from "./who";
import "./style.css";

export const metadata: Metadata = { title: "Palisade and Next.js" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <strong>Example</strong>
          <Who />
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
