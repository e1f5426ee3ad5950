"use client";

import { Form } from "../../../components/form";
import { palisade } from "palisade-client/next/client";

/** What an administrator does with an invitation. */
export function Pending({ id, email }: { id: string; email: string }) {
  return (
    <div className="inline">
      <Form
        send={() => palisade.call("POST /invitations/{id}/resend", { path: { id } })}
        button="Send again"
        sending="Sending…"
        done="Sent."
        label={`Send again to ${email}`}
        className="quiet"
      />
      <Form
        send={() => palisade.call("DELETE /invitations/{id}", { path: { id } })}
        button="Withdraw"
        sending="Withdrawing…"
        label={`Withdraw from ${email}`}
        className="quiet"
      />
    </div>
  );
}
