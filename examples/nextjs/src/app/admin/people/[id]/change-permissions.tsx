"use client";

import type { Input } from "palisade-client";
import { Form } from "../../../../components/form";
import { palisade } from "palisade-client/next/client";
import type { Read } from "./page";

type Name = Input<"PUT /users/{id}/permissions">["body"]["permissions"][number];

export interface Choosable {
  name: string;
  description: string;
  /** The person has it beside those of the role. */
  given: boolean;
  /** The role has it. */
  withRole: boolean;
  /** The administrator has it, and so may give and take it. */
  own: boolean;
}

/** The names of the checked fields are the permissions. */
export function ChangePermissions({ id, revision, choosable }: Read & { choosable: Choosable[] }) {
  return (
    <Form
      send={(fields) =>
        palisade.call("PUT /users/{id}/permissions", {
          path: { id },
          // The names came from the server.
          body: { permissions: Object.keys(fields) as Name[], revision },
        })
      }
      button="Change the permissions"
      sending="Changing…"
      done="The permissions are changed. They hold from this person’s next request on."
    >
      <fieldset key={revision}>
        <legend>Permissions</legend>
        {choosable.map(({ name, description, given, withRole, own }) => {
          const fixed = withRole || !own;
          return (
            <label key={name} className="check">
              {/* A browser sends no disabled field. */}
              {fixed && given && <input type="hidden" name={name} value="on" />}
              <input type="checkbox" name={name} defaultChecked={given || withRole} disabled={fixed} />
              <span>
                {description.charAt(0).toUpperCase() + description.slice(1)}{" "}
                <small>
                  {name}
                  {withRole ? ", with the role" : !own && ", which you do not have"}
                </small>
              </span>
            </label>
          );
        })}
      </fieldset>
    </Form>
  );
}
