import Form from "next/form";
import { Choice, Field } from "../../../components/field";
import { roleChoices } from "../../../components/people";
import type { Filters } from "./filters";

/** Two forms, because the server does either. Both only change the address, so they need no script. */
export function Search({ filters }: { filters: Filters }) {
  return (
    <div className="card filters">
      <Form action="/admin/people" role="search" className="beside">
        <Field label="The address begins with" name="q" type="search" defaultValue={filters.q} autoComplete="off" required />
        <button>Search</button>
      </Form>
      <Form action="/admin/people" className="beside" aria-label="Filters">
        <Choice label="Role" name="role" defaultValue={filters.role} choices={[["", "Every role"], ...roleChoices]} />
        <Choice
          label="State"
          name="state"
          defaultValue={filters.state}
          choices={[["", "Not deleted"], ["active", "Active"], ["suspended", "Suspended"], ["deleted", "Deleted"]]}
        />
        <button>Show</button>
      </Form>
    </div>
  );
}
